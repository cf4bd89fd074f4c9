import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Caller } from '../iam/judge.js';
import type { RequiredAccess } from './access.js';
import { AwsError, escapeXml } from './errors.js';

/** Outputs of a stack by its name; undefined where there is no such stack. */
export type StackOutputs = (stackName: string) => Readonly<Record<string, unknown>> | undefined;

/** `cloudformation:DescribeStacks` of one stack, as far as its outputs: what tools look things up by. */
export function describeStacks(
  form: URLSearchParams,
  { accountId, region }: Pick<Caller, 'accountId'> & { region: string },
  outputs: StackOutputs,
) {
  const name = form.get('StackName') ?? '';
  const need: RequiredAccess = {
    action: 'cloudformation:DescribeStacks',
    resource: `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/*`,
    context: {},
  };
  return { needs: [need], answer: async (response: ServerResponse) => answer(response, name, outputs(name)) };
}

function answer(response: ServerResponse, name: string, outputs: ReturnType<StackOutputs>): void {
  if (!outputs) throw new AwsError('ValidationError', 400, `Stack with id ${name} does not exist`);
  const members = Object.entries(outputs).map(
    ([key, value]) =>
      `<member><OutputKey>${escapeXml(key)}</OutputKey><OutputValue>${escapeXml(String(value))}</OutputValue></member>`,
  );
  const stack = `<member><StackName>${escapeXml(name)}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member>`;
  const body = `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></DescribeStacksResponse>`;
  response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
}
