import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The handlers of the example by stack. Templates may differ between languages only in these functions. */
export const OWN_FUNCTIONS: Record<string, string[]> = {
  Orders: ['echo', 'orders', 'articles', 'text-stats', 'book-delivery', 'order-documents', 'write-reply'],
  Shipping: ['track-parcel'],
};

export function readTemplate(assembly: string, stack: string): any {
  return JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), 'utf8'));
}

/**
 * Removes the differences between languages from a template: runtime, handler and code of the example's functions. Parses the JSON text
 * of registrations.
 * @throws if a removed value is missing or malformed
 */
export function comparable(template: any, stack: string): any {
  const copy = structuredClone(template);
  const resources = Object.values<any>(copy.Resources);
  for (const id of OWN_FUNCTIONS[stack]!) {
    const path = `${stack}/${id}/Resource`;
    const fn = resources.find(({ Metadata }) => Metadata?.['aws:cdk:path'] === path);
    remove(fn.Properties, 'Runtime', /^(nodejs|python|java)[\d.x]+$/);
    remove(fn.Properties, 'Handler', /^[\w.]+$/);
    const key = remove(fn.Properties.Code, 'S3Key', /^[0-9a-f]{64}\.(zip|jar)$/);
    remove(fn.Metadata, 'aws:asset:path', new RegExp(`^asset\\.${key.replace('.zip', '')}$`));
  }
  for (const { Type, Properties } of resources) {
    if (Type.startsWith('Custom::Mcp') && Properties.Definition) {
      Properties.Definition = JSON.parse(Properties.Definition);
    }
  }
  return copy;
}

function remove(from: any, name: string, expected: RegExp): string {
  const value = from[name];
  if (!expected.test(value)) throw new Error(`unexpected ${name} ${JSON.stringify(value)}: must match ${expected}`);
  delete from[name];
  return value;
}

/** S3 keys of the code of the server functions in a template. */
export function bundledCode(template: any, stack: string): string[] {
  const own = OWN_FUNCTIONS[stack]!.map((id) => `${stack}/${id}/Resource`);
  return Object.values<any>(template.Resources)
    .filter(({ Type, Metadata }) => Type === 'AWS::Lambda::Function' && !own.includes(Metadata['aws:cdk:path']))
    .map(({ Properties }) => Properties.Code.S3Key);
}
