import { afterEach, describe, expect, test, vi } from 'vitest';
import { allows, missingScopes } from '../../../lambda/access/rules.js';
import type { Principal } from '../../../lambda/shared/principal.js';
import { ENV } from '../../../src/private/contract.js';
import type { AccessRule } from '../../../src/private/registration.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

const decide = (access: AccessRule | undefined, principal: Principal | null) => {
  const missing = missingScopes({ access }, principal);
  return allows({ access }, principal) ? 'allowed' : (missing ?? 'hidden');
};

const ROLE = 'arn:aws:iam::111122223333:role/team/Support';
const SESSION = 'arn:aws:sts::111122223333:assumed-role/Support';
const token = (grants: Partial<Principal>): Principal => ({ id: 'https://issuer|ada', scopes: [], ...grants });

describe('scopes', () => {
  const rule = { scopes: ['read', 'write'] };
  test.each<[string, Principal | null, unknown]>([
    ['all of them', token({ scopes: ['write', 'other', 'read'] }), 'allowed'],
    ['some of them', token({ scopes: ['read'] }), ['write']],
    ['none of them', token({}), ['read', 'write']],
    ['a longer name', token({ scopes: ['read', 'writer'] }), ['write']],
    ['no token', { id: SESSION }, 'hidden'],
    ['no identity', null, 'hidden'],
  ])('%s', (_, principal, expected) => expect(decide(rule, principal)).toEqual(expected));
});

describe('groups and claims', () => {
  test.each<[string, AccessRule, Partial<Principal>, unknown]>([
    ['one of the groups', { groups: ['ops', 'support'] }, { groups: ['support'] }, 'allowed'],
    ['another group', { groups: ['ops'] }, { groups: ['op', 'ops2'] }, 'hidden'],
    ['a group whose name contains another one', { groups: ['ops'] }, { groups: ['x,ops'] }, 'hidden'],
    ['no groups', { groups: ['ops'] }, {}, 'hidden'],
    ['a claim', { claim: { name: 'tier', value: 'gold' } }, { claims: { tier: 'gold' } }, 'allowed'],
    ['a claim in a list', { claim: { name: 'roles', value: 'a' } }, { claims: { roles: ['b', 'a'] } }, 'allowed'],
    ['a number', { claim: { name: 'level', value: '3' } }, { claims: { level: 3 } }, 'allowed'],
    ['another value', { claim: { name: 'tier', value: 'gold' } }, { claims: { tier: 'golden' } }, 'hidden'],
    ['an object', { claim: { name: 'o', value: '[object Object]' } }, { claims: { o: {} } }, 'hidden'],
    ['a claim of a prototype', { claim: { name: 'constructor', value: 'x' } }, { claims: {} }, 'hidden'],
  ])('%s', (_, rule, grants, expected) => expect(decide(rule, token(grants))).toEqual(expected));
});

describe('principals', () => {
  test.each<[string, string, string, unknown]>([
    ['a user', 'arn:aws:iam::111122223333:user/team/ann', 'arn:aws:iam::111122223333:user/team/ann', 'allowed'],
    ['another user', 'arn:aws:iam::111122223333:user/ann', 'arn:aws:iam::111122223333:user/anna', 'hidden'],
    ['a role by a session with a generated name', ROLE, SESSION, 'allowed'],
    ['a role by a named session', ROLE, `${SESSION}/ada`, 'allowed'],
    ['one session', `${SESSION}/ada`, `${SESSION}/ada`, 'allowed'],
    ['another session', `${SESSION}/ada`, `${SESSION}/bob`, 'hidden'],
    ['a role of another account', ROLE, 'arn:aws:sts::444455556666:assumed-role/Support', 'hidden'],
    ['a role of another partition', ROLE, 'arn:aws-cn:sts::111122223333:assumed-role/Support', 'hidden'],
    ['a role whose name begins the same', ROLE, 'arn:aws:sts::111122223333:assumed-role/Support2', 'hidden'],
    ['a session named as the role', ROLE, 'arn:aws:sts::111122223333:assumed-role/Other/Support', 'hidden'],
    ['an API key', 'a1b2c3', 'a1b2c3', 'allowed'],
  ])('%s', (_, principal, id, expected) => expect(decide({ principals: [principal] }, { id })).toEqual(expected));
});

describe('combinations', () => {
  const write = { scopes: ['write'] };
  const ops = { groups: ['ops'] };
  test.each<[string, AccessRule, Partial<Principal>, unknown]>([
    ['any: one applies', { anyOf: [write, ops] }, { groups: ['ops'] }, 'allowed'],
    ['any: scopes would be enough', { anyOf: [ops, write] }, {}, ['write']],
    ['any: the fewest scopes', { anyOf: [{ scopes: ['a', 'b'] }, write] }, {}, ['write']],
    ['any: none applies', { anyOf: [ops, { groups: ['x'] }] }, {}, 'hidden'],
    [
      'all: only scopes lack',
      { allOf: [ops, write, { scopes: ['read', 'write'] }] },
      { groups: ['ops'] },
      ['write', 'read'],
    ],
    ['all: scopes are not enough', { allOf: [ops, write] }, {}, 'hidden'],
    ['all: every one applies', { allOf: [ops, write] }, { groups: ['ops'], scopes: ['write'] }, 'allowed'],
    ['a rule of a newer version', { region: ['eu'] } as never, { scopes: ['write'] }, 'hidden'],
    ['a rule of a newer version in another', { allOf: [write, {} as never] }, { scopes: ['write'] }, 'hidden'],
  ])('%s', (_, rule, grants, expected) => expect(decide(rule, token(grants))).toEqual(expected));
});

test('the default rule applies to registrations without one', () => {
  expect(decide(undefined, null)).toBe('allowed');
  vi.stubEnv(ENV.DEFAULT_ACCESS, '{"groups":["ops"]}');
  expect(decide(undefined, null)).toBe('hidden');
  expect(decide(undefined, token({ groups: ['ops'] }))).toBe('allowed');
  expect(decide({ scopes: ['read'] }, token({ groups: ['ops'] }))).toEqual(['read']);
});
