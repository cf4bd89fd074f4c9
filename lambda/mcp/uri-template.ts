import { UriTemplate } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';

/** Decoded values of the variables of a URI template. An exploded variable with several values is a list. */
export type UriVariables = Record<string, string | string[]>;

const templates = new WeakMap<Registration, { readonly template: UriTemplate; readonly literalLength: number }>();

/** Finds the template that matches a URI: of several, the one with the longest literal part, then the first. */
export function matchTemplate(
  registrations: readonly Registration[],
  uri: string,
): { readonly registration: Registration; readonly variables: UriVariables } | undefined {
  let best: { registration: Registration; variables: UriVariables; literalLength: number } | undefined;
  for (const registration of registrations) {
    const { template, literalLength } = parse(registration);
    if (best && literalLength <= best.literalLength) continue;
    const variables = template.match(uri);
    if (variables) best = { registration, variables: decodeValues(variables), literalLength };
  }
  return best && { registration: best.registration, variables: best.variables };
}

function parse(registration: Registration) {
  let entry = templates.get(registration);
  if (!entry) {
    const text = registration.uriTemplate!;
    entry = { template: new UriTemplate(text), literalLength: text.replace(/\{[^}]*\}/g, '').length };
    templates.set(registration, entry);
  }
  return entry;
}

function decodeValues(variables: UriVariables): UriVariables {
  const decode = (value: string) => {
    try {
      return decodeURIComponent(value);
    } catch {
      return value; // invalid percent-encoding
    }
  };
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, Array.isArray(value) ? value.map(decode) : decode(value)]),
  );
}
