import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The example's own functions, by the stack that has them: all that may differ between its languages is theirs. */
export const OWN_FUNCTIONS: Record<string, string[]> = {
  Orders: ['echo', 'orders', 'text-stats', 'book-delivery', 'order-documents', 'write-reply'],
  Shipping: ['track-parcel'],
};

export function readTemplate(assembly: string, stack: string): any {
  return JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), 'utf8'));
}

/**
 * A template as it is in every language: of the example's own functions, runtime, handler and which code they have are gone; a
 * registration is the JSON that its text stands for. A template that lacks one of these is an error.
 */
export function comparable(template: any, stack: string): any {
  const copy = structuredClone(template);
  const resources = Object.values<any>(copy.Resources);
  for (const id of OWN_FUNCTIONS[stack]!) {
    const path = `${stack}/${id}/Resource`;
    const fn = resources.find(({ Metadata }) => Metadata?.['aws:cdk:path'] === path);
    take(fn.Properties, 'Runtime', /^(nodejs|python|java)[\d.x]+$/);
    take(fn.Properties, 'Handler', /^[\w.]+$/);
    const key = take(fn.Properties.Code, 'S3Key', /^[0-9a-f]{64}\.(zip|jar)$/);
    take(fn.Metadata, 'aws:asset:path', new RegExp(`^asset\\.${key.replace('.zip', '')}$`));
  }
  for (const { Type, Properties } of resources) {
    if (Type.startsWith('Custom::Mcp') && Properties.Definition) {
      Properties.Definition = JSON.parse(Properties.Definition);
    }
  }
  return copy;
}

function take(from: any, name: string, expected: RegExp): string {
  const value = from[name];
  if (!expected.test(value)) throw new Error(`${name} is ${JSON.stringify(value)}, not like ${expected}`);
  delete from[name];
  return value;
}

/** Keys of the code that a template's functions have, but the example's own. */
export function bundledCode(template: any, stack: string): string[] {
  const own = OWN_FUNCTIONS[stack]!.map((id) => `${stack}/${id}/Resource`);
  return Object.values<any>(template.Resources)
    .filter(({ Type, Metadata }) => Type === 'AWS::Lambda::Function' && !own.includes(Metadata['aws:cdk:path']))
    .map(({ Properties }) => Properties.Code.S3Key);
}
