import { UriTemplate } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';

/** A template's variables as a uri has them, decoded. A list where the template's variable is exploded and there are several. */
export type UriVariables = Record<string, string | string[]>;

const templates = new WeakMap<Registration, { readonly template: UriTemplate; readonly literalLength: number }>();

/** The template that fits a uri best: the one with the longest literal part; of equals, the first. */
export function matchTemplate(
  registrations: readonly Registration[],
  uri: string,
): { readonly registration: Registration; readonly variables: UriVariables } | undefined {
  let best: { registration: Registration; variables: UriVariables; literalLength: number } | undefined;
  for (const registration of registrations) {
    const { template, literalLength } = parsed(registration);
    if (best && literalLength <= best.literalLength) continue;
    const variables = template.match(uri);
    if (variables) best = { registration, variables: decoded(variables), literalLength };
  }
  return best && { registration: best.registration, variables: best.variables };
}

function parsed(registration: Registration) {
  let entry = templates.get(registration);
  if (!entry) {
    const text = registration.uriTemplate!;
    entry = { template: new UriTemplate(text), literalLength: text.replace(/\{[^}]*\}/g, '').length };
    templates.set(registration, entry);
  }
  return entry;
}

function decoded(variables: UriVariables): UriVariables {
  const decode = (value: string) => {
    try {
      return decodeURIComponent(value);
    } catch {
      return value; // a stray percent sign
    }
  };
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, Array.isArray(value) ? value.map(decode) : decode(value)]),
  );
}
