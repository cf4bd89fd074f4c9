import { describe, expect, it } from 'vitest';
import { type Caller, evaluateAccess } from '../../../local/services/iam/evaluator.js';
import type { Statement } from '../../../local/services/iam/policy.js';
import { simulate } from './simulator.js';

/** Number of random cases, with statements of parts that nearly match. They are the same in every run. */
const CASES = 600;
const ACCOUNT = '123456789012';
const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:echo`;
const TAG = 'aws:ResourceTag/mcp-server';

const ACTIONS = ['lambda:InvokeFunction', 'lambda:Invoke*', 'lambda:*', '*', 'lambda:AddPermission', 'sqs:*'];
const RESOURCES = [
  FUNCTION,
  `${FUNCTION}:*`,
  `${FUNCTION}*`,
  `arn:aws:lambda:*:${ACCOUNT}:function:*`,
  '*',
  `${FUNCTION}2`,
];
const OPERATORS = ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike', 'StringEqualsIfExists', 'Null'];
const VALUES = ['orders', 'ord*', 'true', 'false'];
const PRINCIPALS = [
  '*',
  `arn:aws:iam::${ACCOUNT}:root`,
  `arn:aws:iam::${ACCOUNT}:role/Runtime`,
  `arn:aws:iam::${ACCOUNT}:role/Other`,
  `arn:aws:sts::${ACCOUNT}:assumed-role/Runtime/http`,
];

describe('evaluateAccess', () => {
  it(`agrees with the simulator on ${CASES} generated cases`, async () => {
    const next = random(42);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)];
    const chance = (of: number) => next() < of;
    const statement = (): Statement => {
      const operator = pick(OPERATORS);
      const value = operator === 'Null' ? pick(['true', 'false']) : pick(VALUES);
      return {
        Effect: chance(0.75) ? 'Allow' : 'Deny',
        ...(chance(0.9) ? { Action: pick(ACTIONS) } : { NotAction: pick(ACTIONS) }),
        ...(chance(0.9) ? { Resource: pick(RESOURCES) } : { NotResource: pick(RESOURCES) }),
        ...(chance(0.4) && { Condition: { [operator]: { [TAG]: value } } }),
      };
    };
    const some = (most: number) => Array.from({ length: Math.floor(next() * (most + 1)) }, statement);

    let allowed = 0;
    for (let i = 0; i < CASES; i++) {
      const caller: Caller = {
        arn: `arn:aws:iam::${ACCOUNT}:role/Runtime`,
        sessionArn: `arn:aws:sts::${ACCOUNT}:assumed-role/Runtime/http`,
        accountId: ACCOUNT,
        policies: [{ Statement: [statement(), ...some(2)] }],
        boundary: chance(0.25) ? { Statement: [statement(), ...some(1)] } : undefined,
      };
      const resourceStatements = some(2).map(({ Resource, NotResource, ...rest }) => ({
        ...rest,
        Resource: pick(RESOURCES),
        Principal: { AWS: pick(PRINCIPALS) },
      }));
      const policy = resourceStatements.length > 0 ? { Statement: resourceStatements } : undefined;
      const request = {
        action: 'lambda:InvokeFunction',
        resource: chance(0.7) ? FUNCTION : `${FUNCTION}:live`,
        context: chance(0.6) ? { [TAG]: pick(['orders', 'Orders', 'other']) } : {},
      };
      const decision = evaluateAccess(caller, request, policy).allowed;
      if (decision) allowed += 1;
      expect(decision, JSON.stringify({ caller, request, policy }, null, 1)).toBe(
        await simulate(caller, request, policy),
      );
    }
    // both decisions must be frequent, or the test proves nothing
    expect(allowed).toBeGreaterThan(CASES * 0.15);
    expect(allowed).toBeLessThan(CASES * 0.85);
  });
});

/** Mulberry32, a small deterministic random number generator. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
