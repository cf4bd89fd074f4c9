/**
 * Which of several resources serves a URI. Declared registrations take precedence over API registrations, whatever their ids
 * (docs/adr/031-precedence-and-trust.md).
 */
import type { RegistrationDefinition } from '../../src/private/registration.js';
import { parseUriTemplate } from '../../src/private/validation/uri.js';
import { matchTemplate } from './uri-template.js';

/** What the precedence of a resource depends on. */
export interface AddressedRegistration extends Pick<RegistrationDefinition, 'uri' | 'uriTemplate'> {
  readonly id: string;
  readonly owner: 'cdk' | 'api';
}

/**
 * Applies the shadowing rule to enabled resources and templates. Of several with the same address, clients see the declared one, then the
 * first by id. An API registration is also shadowed if a declared template matches its URI.
 */
export function applyShadowing<T extends AddressedRegistration>(
  resources: readonly T[],
): { visible: T[]; shadowed: Array<T & { readonly shadowedBy: string }> } {
  const byAddress = new Map<string, T>();
  const shadowing = new Map<T, string>();
  const declaredTemplates = resources.filter(({ owner, uriTemplate }) => owner === 'cdk' && uriTemplate !== undefined);
  for (const resource of [...resources].sort(comparePrecedence)) {
    const address = addressOf(resource);
    const { owner, uri } = resource;
    const covered =
      owner === 'api' && uri !== undefined ? matchTemplate(declaredTemplates, uri)?.registration : undefined;
    const first = byAddress.get(address) ?? covered;
    if (first) shadowing.set(resource, first.id);
    else byAddress.set(address, resource);
  }
  return {
    visible: resources.filter((each) => !shadowing.has(each)),
    shadowed: resources
      .filter((each) => shadowing.has(each))
      .map((each) => ({ ...each, shadowedBy: shadowing.get(each)! })),
  };
}

/**
 * Returns the address of a resource: equal for equal URIs, and for templates that match the same URIs. The names of variables in the
 * path do not matter.
 */
export function addressOf({ uri, uriTemplate }: Pick<AddressedRegistration, 'uri' | 'uriTemplate'>): string {
  const parsed = uriTemplate === undefined ? undefined : parseUriTemplate(uriTemplate);
  if (!parsed) return JSON.stringify([uri, uriTemplate]);
  const expressions = parsed.expressions.map(({ operator, variables }) => {
    const isQuery = operator === '?' || operator === '&';
    const named = variables.map(({ name, explode }) => `${isQuery ? name : ''}${explode ? '*' : ''}`);
    return operator + (isQuery ? named.sort() : named).join();
  });
  return JSON.stringify([parsed.literals, expressions]);
}

/** Compares ids by code unit, as cursors do. */
export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function comparePrecedence(a: AddressedRegistration, b: AddressedRegistration): number {
  if (a.owner !== b.owner) return a.owner === 'cdk' ? -1 : 1;
  return compareIds(a.id, b.id);
}
