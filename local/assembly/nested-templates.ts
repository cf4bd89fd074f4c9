import { readFileSync } from 'node:fs';
import type { StackArtifact } from './manifest.js';
import type { ResourceDefinition, Template } from './template.js';

export const NESTED_STACK = 'AWS::CloudFormation::Stack';

/** Returns the template of a nested stack from the assembly; undefined if it is not an asset of the app. */
export function nestedTemplate(
  { Properties = {} }: ResourceDefinition,
  assets: StackArtifact['assets'],
): Template | undefined {
  // the URL can be an intrinsic function, but its last part is the literal object key
  const [, key] = /([^/"{}]+)"?[\]}]*$/.exec(JSON.stringify(Properties.TemplateURL ?? '')) ?? [];
  const file = key === undefined ? undefined : assets.get(key);
  return file === undefined
    ? undefined
    : { Resources: {}, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<Template>) };
}

/** Returns the template of a stack and those of its nested stacks. */
export function withNestedTemplates(template: Template, assets: StackArtifact['assets']): Template[] {
  const nested = Object.values(template.Resources ?? {})
    .filter(({ Type }) => Type === NESTED_STACK)
    .flatMap((definition) => nestedTemplate(definition, assets) ?? []);
  return [template, ...nested.flatMap((each) => withNestedTemplates(each, assets))];
}
