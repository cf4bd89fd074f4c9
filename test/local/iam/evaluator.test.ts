import { describe, expect, it } from 'vitest';
import {
  type AccessRequest,
  type Caller,
  evaluateAccess,
  evaluateServiceAccess,
} from '../../../local/services/iam/evaluator.js';
import { UnsupportedPolicyError } from '../../../local/services/iam/match.js';
import type { PolicyDocument, Statement } from '../../../local/services/iam/policy.js';
import { simulate } from './simulator.js';

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Runtime`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/Runtime/http`;
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:mcp-1-abc.fifo`;
const TABLE = `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/registry`;
const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:echo`;

interface Case {
  readonly name: string;
  readonly statements?: readonly Statement[];
  readonly boundary?: readonly Statement[];
  readonly resourcePolicy?: readonly Statement[];
  readonly action: string;
  readonly resource: string;
  readonly context?: AccessRequest['context'];
  readonly allowed: boolean;
}

const allow = (
  Action: Statement['Action'],
  Resource: Statement['Resource'],
  more: Partial<Statement> = {},
): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const deny = (
  Action: Statement['Action'],
  Resource: Statement['Resource'],
  more: Partial<Statement> = {},
): Statement => ({
  ...allow(Action, Resource, more),
  Effect: 'Deny',
});
const grant = (AWS: string | string[], more: Partial<Statement> = {}): Statement => ({
  ...allow('lambda:InvokeFunction', FUNCTION, more),
  Principal: { AWS },
});

const send = { action: 'sqs:SendMessage', resource: QUEUE };
const read = { action: 'dynamodb:GetItem', resource: TABLE };
const invoke = { action: 'lambda:InvokeFunction', resource: FUNCTION };
const permit = { action: 'lambda:AddPermission', resource: FUNCTION };

const MATCHING: Case[] = [
  { name: 'nothing allowed', ...send, allowed: false },
  { name: 'exact action and resource', statements: [allow('sqs:SendMessage', QUEUE)], ...send, allowed: true },
  { name: 'another action', statements: [allow('sqs:ReceiveMessage', QUEUE)], ...send, allowed: false },
  { name: 'action in another case', statements: [allow('SQS:sendmessage', QUEUE)], ...send, allowed: true },
  { name: 'action wildcard', statements: [allow('sqs:Send*', QUEUE)], ...send, allowed: true },
  { name: 'single character wildcard', statements: [allow('sqs:SendMessag?', QUEUE)], ...send, allowed: true },
  {
    name: 'resource prefix',
    statements: [allow('sqs:*', `arn:aws:sqs:us-east-1:${ACCOUNT}:mcp-1-*`)],
    ...send,
    allowed: true,
  },
  {
    name: 'resource in another case',
    statements: [allow('sqs:*', QUEUE.replace('mcp', 'MCP'))],
    ...send,
    allowed: false,
  },
  {
    name: 'another prefix',
    statements: [allow('sqs:*', `arn:aws:sqs:us-east-1:${ACCOUNT}:mcp-2-*`)],
    ...send,
    allowed: false,
  },
  {
    name: 'another region',
    statements: [allow('sqs:*', QUEUE.replace('us-east-1', 'eu-west-1'))],
    ...send,
    allowed: false,
  },
  { name: 'wildcards in each part', statements: [allow('sqs:*', 'arn:*:sqs:*:*:*')], ...send, allowed: true },
  { name: 'everything', statements: [allow('*', '*')], ...send, allowed: true },
  {
    name: 'all but the action',
    statements: [{ Effect: 'Allow', NotAction: 'sqs:SendMessage', Resource: '*' }],
    ...send,
    allowed: false,
  },
  {
    name: 'all but another action',
    statements: [{ Effect: 'Allow', NotAction: 'sqs:Delete*', Resource: '*' }],
    ...send,
    allowed: true,
  },
  {
    name: 'all but the resource',
    statements: [{ Effect: 'Allow', Action: 'sqs:*', NotResource: QUEUE }],
    ...send,
    allowed: false,
  },
  {
    name: 'all but another resource',
    statements: [{ Effect: 'Allow', Action: 'sqs:*', NotResource: `${QUEUE}x` }],
    ...send,
    allowed: true,
  },
  { name: 'deny wins', statements: [allow('sqs:*', '*'), deny('sqs:SendMessage', QUEUE)], ...send, allowed: false },
  { name: 'deny of another', statements: [allow('sqs:*', '*'), deny('sqs:DeleteQueue', '*')], ...send, allowed: true },
  {
    name: 'function ARN without its qualifier',
    statements: [allow('lambda:InvokeFunction', FUNCTION)],
    ...invoke,
    resource: `${FUNCTION}:live`,
    allowed: false,
  },
  {
    name: 'function ARN with qualifier wildcard',
    statements: [allow('lambda:InvokeFunction', `${FUNCTION}:*`)],
    ...invoke,
    resource: `${FUNCTION}:live`,
    allowed: true,
  },
  {
    name: 'qualifier wildcard without a qualifier',
    statements: [allow('lambda:InvokeFunction', `${FUNCTION}:*`)],
    ...invoke,
    allowed: false,
  },
  {
    name: 'index of a table by the table',
    statements: [allow('dynamodb:Query', TABLE)],
    action: 'dynamodb:Query',
    resource: `${TABLE}/index/x`,
    allowed: false,
  },
  {
    name: 'index of a table by wildcard',
    statements: [allow('dynamodb:Query', `${TABLE}/index/*`)],
    action: 'dynamodb:Query',
    resource: `${TABLE}/index/x`,
    allowed: true,
  },
];

const when = (operator: string, key: string, value: unknown) => ({ Condition: { [operator]: { [key]: value } } });
const conditional = (
  name: string,
  operator: string,
  key: string,
  value: unknown,
  context: AccessRequest['context'],
  allowed: boolean,
  request: Pick<Case, 'action' | 'resource'> = permit,
): Case => ({
  name: `${operator}: ${name}`,
  statements: [allow(request.action, request.resource, when(operator, key, value))],
  ...request,
  context,
  allowed,
});

const TAG = 'aws:ResourceTag/mcp-server';
const PRINCIPAL = 'lambda:Principal';
const KEYS = 'dynamodb:LeadingKeys';
const CONDITIONS: Case[] = [
  conditional('equal', 'StringEquals', PRINCIPAL, ROLE, { [PRINCIPAL]: ROLE }, true),
  conditional('different', 'StringEquals', PRINCIPAL, ROLE, { [PRINCIPAL]: '*' }, false),
  conditional('absent', 'StringEquals', PRINCIPAL, ROLE, {}, false),
  conditional('one of several', 'StringEquals', TAG, ['a', 'b'], { [TAG]: 'b' }, true),
  conditional('other case', 'StringEquals', TAG, 'orders', { [TAG]: 'Orders' }, false),
  conditional('no wildcards', 'StringEquals', TAG, 'ord*', { [TAG]: 'orders' }, false),
  conditional('key in another case', 'StringEquals', 'LAMBDA:principal', ROLE, { [PRINCIPAL]: ROLE }, true),
  conditional('other case', 'StringEqualsIgnoreCase', TAG, 'orders', { [TAG]: 'Orders' }, true),
  conditional('equal', 'StringNotEquals', TAG, 'orders', { [TAG]: 'orders' }, false),
  conditional('different', 'StringNotEquals', TAG, 'orders', { [TAG]: 'x' }, true),
  conditional('absent', 'StringNotEquals', TAG, 'orders', {}, true),
  conditional('one of several', 'StringNotEquals', TAG, ['orders', 'x'], { [TAG]: 'x' }, false),
  conditional('wildcard', 'StringLike', TAG, 'ord*', { [TAG]: 'orders' }, true),
  conditional('question mark', 'StringLike', TAG, 'order?', { [TAG]: 'orders' }, true),
  conditional('no match', 'StringLike', TAG, 'x*', { [TAG]: 'orders' }, false),
  conditional('match', 'StringNotLike', TAG, 'ord*', { [TAG]: 'orders' }, false),
  conditional('absent', 'StringNotLike', TAG, 'ord*', {}, true),
  conditional('absent', 'StringEqualsIfExists', TAG, 'orders', {}, true),
  conditional('different', 'StringEqualsIfExists', TAG, 'orders', { [TAG]: 'x' }, false),
  conditional(
    'principal ARN',
    'ArnLike',
    'aws:PrincipalArn',
    `arn:aws:iam::${ACCOUNT}:role/*`,
    { 'aws:PrincipalArn': ROLE },
    true,
  ),
  conditional(
    'another account',
    'ArnLike',
    'aws:PrincipalArn',
    'arn:aws:iam::999999999999:role/*',
    { 'aws:PrincipalArn': ROLE },
    false,
  ),
  conditional(
    'with a wildcard',
    'ArnEquals',
    'aws:PrincipalArn',
    `arn:aws:iam::${ACCOUNT}:role/R*`,
    { 'aws:PrincipalArn': ROLE },
    true,
  ),
  conditional(
    'match',
    'ArnNotLike',
    'aws:PrincipalArn',
    `arn:aws:iam::${ACCOUNT}:role/*`,
    { 'aws:PrincipalArn': ROLE },
    false,
  ),
  conditional(
    'no match',
    'ArnNotEquals',
    'aws:PrincipalArn',
    `arn:aws:iam::${ACCOUNT}:user/*`,
    { 'aws:PrincipalArn': ROLE },
    true,
  ),
  conditional('true', 'Bool', 'aws:SecureTransport', 'true', { 'aws:SecureTransport': 'true' }, true),
  conditional('false', 'Bool', 'aws:SecureTransport', 'false', { 'aws:SecureTransport': 'true' }, false),
  conditional('absent', 'Null', TAG, 'true', {}, true),
  conditional('there', 'Null', TAG, 'true', { [TAG]: 'x' }, false),
  conditional('there', 'Null', TAG, 'false', { [TAG]: 'x' }, true),
  conditional(
    'before',
    'DateLessThan',
    'aws:CurrentTime',
    '2030-01-01T00:00:00Z',
    { 'aws:CurrentTime': '2026-01-01T00:00:00Z' },
    true,
  ),
  conditional(
    'after',
    'DateLessThan',
    'aws:CurrentTime',
    '2020-01-01T00:00:00Z',
    { 'aws:CurrentTime': '2026-01-01T00:00:00Z' },
    false,
  ),
  conditional('by epoch', 'DateGreaterThan', 'aws:EpochTime', '1577836800', { 'aws:EpochTime': '1767225600' }, true),
  conditional(
    'equal',
    'NumericLessThanEquals',
    'aws:MultiFactorAuthAge',
    '300',
    { 'aws:MultiFactorAuthAge': '300' },
    true,
  ),
  conditional('more', 'NumericLessThan', 'aws:MultiFactorAuthAge', '300', { 'aws:MultiFactorAuthAge': '300' }, false),
  conditional('absent', 'NumericNotEquals', 'aws:MultiFactorAuthAge', '300', {}, true),
  conditional('all among them', 'ForAllValues:StringEquals', KEYS, ['a', 'b'], { [KEYS]: ['a', 'b'] }, true, read),
  conditional('one is not', 'ForAllValues:StringEquals', KEYS, ['a', 'b'], { [KEYS]: ['a', 'c'] }, false, read),
  conditional('absent', 'ForAllValues:StringEquals', KEYS, ['a', 'b'], {}, true, read),
  conditional('pattern', 'ForAllValues:StringLike', KEYS, ['tool*'], { [KEYS]: ['tool', 'toolbox'] }, true, read),
  conditional('one is', 'ForAnyValue:StringEquals', KEYS, ['a'], { [KEYS]: ['a', 'c'] }, true, read),
  conditional('none is', 'ForAnyValue:StringEquals', KEYS, ['x'], { [KEYS]: ['a', 'c'] }, false, read),
  conditional('absent', 'ForAnyValue:StringEquals', KEYS, ['x'], {}, false, read),
  conditional('one is not', 'ForAnyValue:StringNotEquals', KEYS, ['a'], { [KEYS]: ['a', 'c'] }, true, read),
  conditional('one is', 'ForAllValues:StringNotEquals', KEYS, ['a'], { [KEYS]: ['a', 'c'] }, false, read),
  {
    name: 'two keys of one operator',
    statements: [
      allow(permit.action, FUNCTION, { Condition: { StringEquals: { [PRINCIPAL]: ROLE, [TAG]: 'orders' } } }),
    ],
    ...permit,
    context: { [PRINCIPAL]: ROLE },
    allowed: false,
  },
  {
    name: 'policy variable in the resource',
    statements: [allow(read.action, `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/\${aws:PrincipalTag/team}*`)],
    ...read,
    context: { 'aws:PrincipalTag/team': 'reg' },
    allowed: true,
  },
  {
    name: 'policy variable without a value',
    statements: [allow(read.action, `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/\${aws:PrincipalTag/team}*`)],
    ...read,
    allowed: false,
  },
  conditional(
    'policy variable',
    'StringEquals',
    TAG,
    `\${aws:PrincipalTag/team}`,
    { [TAG]: 'x', 'aws:PrincipalTag/team': 'x' },
    true,
  ),
];

const BOUNDARIES: Case[] = [
  {
    name: 'inside the boundary',
    statements: [allow('sqs:*', '*')],
    boundary: [allow('sqs:SendMessage', '*')],
    ...send,
    allowed: true,
  },
  {
    name: 'outside the boundary',
    statements: [allow('sqs:*', '*')],
    boundary: [allow('dynamodb:*', '*')],
    ...send,
    allowed: false,
  },
  { name: 'boundary alone', boundary: [allow('sqs:*', '*')], ...send, allowed: false },
  {
    name: 'deny in the boundary',
    statements: [allow('sqs:*', '*')],
    boundary: [allow('*', '*'), deny('sqs:*', '*')],
    ...send,
    allowed: false,
  },
];

const RESOURCE_POLICIES: Case[] = [
  { name: 'grant to the role', resourcePolicy: [grant(ROLE)], ...invoke, allowed: true },
  { name: 'grant to the session', resourcePolicy: [grant(SESSION)], ...invoke, allowed: true },
  { name: 'grant to another role', resourcePolicy: [grant(`${ROLE}2`)], ...invoke, allowed: false },
  { name: 'grant to one of several', resourcePolicy: [grant([`${ROLE}2`, ROLE])], ...invoke, allowed: true },
  {
    name: 'grant to the account alone',
    resourcePolicy: [grant(`arn:aws:iam::${ACCOUNT}:root`)],
    ...invoke,
    allowed: false,
  },
  { name: 'grant to everyone', resourcePolicy: [grant('*')], ...invoke, allowed: true },
  {
    name: 'grant to a service',
    resourcePolicy: [{ ...grant(''), Principal: { Service: 'lambda.amazonaws.com' } }],
    ...invoke,
    allowed: false,
  },
  {
    name: 'grant of another function',
    resourcePolicy: [{ ...grant(ROLE), Resource: `${FUNCTION}2` }],
    ...invoke,
    allowed: false,
  },
  {
    name: 'denied by the policy of the resource',
    statements: [allow('lambda:*', '*')],
    resourcePolicy: [{ ...grant(ROLE), Effect: 'Deny' }],
    ...invoke,
    allowed: false,
  },
  {
    name: 'account denied by the policy of the resource',
    statements: [allow('lambda:*', '*')],
    resourcePolicy: [{ ...grant(`arn:aws:iam::${ACCOUNT}:root`), Effect: 'Deny' }],
    ...invoke,
    allowed: false,
  },
  {
    name: 'grant to the role, denied by its own policy',
    statements: [deny('lambda:*', '*')],
    resourcePolicy: [grant(ROLE)],
    ...invoke,
    allowed: false,
  },
  {
    name: 'grant to the role outside its boundary',
    boundary: [allow('sqs:*', '*')],
    resourcePolicy: [grant(ROLE)],
    ...invoke,
    allowed: false,
  },
  {
    name: 'grant to the session outside the boundary',
    boundary: [allow('sqs:*', '*')],
    resourcePolicy: [grant(SESSION)],
    ...invoke,
    allowed: true,
  },
];

describe('evaluateAccess', () => {
  const all = [...MATCHING, ...CONDITIONS, ...BOUNDARIES, ...RESOURCE_POLICIES];
  it.each(all)(
    '$name: $allowed',
    async ({ statements = [], boundary, resourcePolicy, action, resource, context = {}, allowed }) => {
      const policies = statements.length > 0 ? [{ Statement: statements }] : [];
      const caller = toCaller(policies, boundary && { Statement: boundary });
      const request = { action, resource, context };
      const policy = resourcePolicy && { Statement: resourcePolicy };
      expect(evaluateAccess(caller, request, policy).allowed).toBe(allowed);
      expect(await simulate(caller, request, policy), 'the simulator').toBe(allowed);
    },
  );

  it('returns the reason in the words of AWS', () => {
    const reasonFor = (caller: Caller) => {
      const decision = evaluateAccess(caller, { ...send, context: {} });
      return decision.allowed ? '' : decision.reason;
    };
    expect(reasonFor(toCaller([]))).toBe('because no identity-based policy allows the sqs:SendMessage action');
    expect(reasonFor(toCaller([{ Statement: deny('*', '*') }]))).toBe(
      'with an explicit deny in an identity-based policy',
    );
    const boundary = { Statement: allow('dynamodb:*', '*') };
    expect(reasonFor(toCaller([{ Statement: allow('*', '*') }], boundary))).toBe(
      'because no permissions boundary allows the sqs:SendMessage action',
    );
  });

  it.each(['IpAddress', 'BinaryEquals', 'StringEquals2', 'ForSomeValues:StringEquals'])(
    'throws for the unsupported operator %s',
    (operator) => {
      const caller = toCaller([{ Statement: allow('*', '*', when(operator, 'aws:SourceIp', '10.0.0.0/8')) }]);
      expect(() => evaluateAccess(caller, { ...send, context: {} })).toThrow(UnsupportedPolicyError);
      expect(() => evaluateAccess(caller, { ...send, context: {} })).toThrow(
        `condition operator ${operator} is not supported`,
      );
    },
  );
});

describe('evaluateServiceAccess', () => {
  const policy: PolicyDocument = {
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'apigateway.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: FUNCTION,
        Condition: { ArnLike: { 'AWS:SourceArn': `arn:aws:execute-api:us-east-1:${ACCOUNT}:abc/prod/*/mcp` } },
      },
    ],
  };
  const request = (sourceArn: string) => ({ ...invoke, context: { 'aws:SourceArn': sourceArn } });
  const SOURCE = `arn:aws:execute-api:us-east-1:${ACCOUNT}:abc/prod/POST/mcp`;

  it('allows a service only for its source ARN', () => {
    expect(evaluateServiceAccess('apigateway.amazonaws.com', request(SOURCE), policy).allowed).toBe(true);
    expect(
      evaluateServiceAccess('apigateway.amazonaws.com', request(SOURCE.replace('/mcp', '/sse')), policy).allowed,
    ).toBe(false);
    expect(evaluateServiceAccess('events.amazonaws.com', request(SOURCE), policy).allowed).toBe(false);
    expect(evaluateServiceAccess('apigateway.amazonaws.com', request(SOURCE), undefined).allowed).toBe(false);
  });
});

function toCaller(policies: readonly PolicyDocument[], boundary?: PolicyDocument): Caller {
  return { arn: ROLE, sessionArn: SESSION, accountId: ACCOUNT, policies, boundary };
}
