import type { LogLine } from '../../services/lambda/log-lines.js';

/** Returns a hint for an error about a missing module that Lambda's runtime provides, or undefined. */
export function hintFor({ text, program }: LogLine): string | undefined {
  const [, name] = /Cannot find (?:package|module) '(@aws-sdk\/[^'/]+)/.exec(text) ?? [];
  if (name) return `${name} is part of the Lambda runtime but not installed here: npm install --save-dev ${name}`;
  const [, module] = /No module named '(boto3|botocore)'/.exec(text) ?? [];
  return (
    module &&
    `${module} is part of the Lambda runtime but not installed for this Python: ${program} -m pip install boto3`
  );
}
