import { ENV } from '../../src/private/contract.js';
import type { AccessRule, Registration } from '../../src/private/registration.js';
import { jsonEnv } from '../shared/env.js';
import { identifiesIamCallers, type Principal } from '../shared/principal.js';

/** ARN of an IAM role: partition, account and name. The path is not part of the ARN of its sessions. */
const ROLE = /^arn:([\w-]+):iam::(\d{12}):role\/(?:.+\/)?([^/]+)$/;
/** ARN of a role session. */
const ROLE_SESSION = /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)(?:\/.*)?$/;

/** The rule of a registration: its own, otherwise the server's default. Undefined if all callers may use it. */
export function accessOf({ access }: Pick<Registration, 'access'>): AccessRule | undefined {
  return access ?? jsonEnv<AccessRule | undefined>(ENV.DEFAULT_ACCESS, undefined);
}

/** Whether a caller may use a registration. */
export function allows(registration: Pick<Registration, 'access'>, principal: Principal | null): boolean {
  const rule = accessOf(registration);
  return rule === undefined || lacking(rule, principal)?.length === 0;
}

/** The scopes with which a caller could use a registration; undefined if the caller may use it, or if scopes are not enough. */
export function missingScopes(
  registration: Pick<Registration, 'access'>,
  principal: Principal | null,
): readonly string[] | undefined {
  const rule = accessOf(registration);
  const missing = rule && lacking(rule, principal);
  return missing?.length ? missing : undefined;
}

/**
 * The scopes that a caller lacks for a rule: none if the rule applies to the caller. Undefined if scopes are not enough. A rule that this
 * version does not know applies to no caller.
 */
function lacking(rule: AccessRule, principal: Principal | null): readonly string[] | undefined {
  if (!principal) return undefined;
  if ('scopes' in rule) {
    return principal.scopes && rule.scopes.filter((scope) => !principal.scopes!.includes(scope));
  }
  if ('groups' in rule) return decision(rule.groups.some((group) => principal.groups?.includes(group)));
  if ('claim' in rule) return decision(hasClaim(principal, rule.claim));
  if ('principals' in rule) return decision(rule.principals.some((each) => isPrincipal(each, principal.id)));
  if ('anyOf' in rule) {
    const possible = rule.anyOf.map((each) => lacking(each, principal)).filter((each) => each !== undefined);
    return possible.sort((a, b) => a.length - b.length)[0];
  }
  if ('allOf' in rule) {
    const all = rule.allOf.map((each) => lacking(each, principal));
    return all.includes(undefined) ? undefined : [...new Set(all.flatMap((each) => each!))];
  }
  return undefined;
}

function decision(holds: boolean): readonly string[] | undefined {
  return holds ? [] : undefined;
}

/** Whether a claim has a value, or contains it if the claim is a list. */
function hasClaim({ claims }: Principal, { name, value }: { readonly name: string; readonly value: string }): boolean {
  if (!claims || !Object.hasOwn(claims, name)) return false;
  return [claims[name]].flat().some((each) => isPrimitive(each) && String(each) === value);
}

function isPrimitive(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** Whether `principal`, an id or the ARN of a role or user, is the caller with an id. A role is its sessions, by account and name. */
function isPrincipal(principal: string, id: string): boolean {
  if (principal === id) return true;
  const role = identifiesIamCallers() ? ROLE.exec(principal)?.slice(1) : undefined;
  const session = role && ROLE_SESSION.exec(id)?.slice(1);
  return session !== undefined && role!.every((part, i) => part === session[i]);
}
