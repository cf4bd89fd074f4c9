import type { APIGatewayProxyEvent } from 'aws-lambda';
import { AUTHORIZATION, ENV } from '../../src/private/contract.js';
import { optionalEnv } from './env.js';
import { type Grants, grantsOf, ownClaimsOf } from './grants.js';
import { isObject } from './json.js';

/**
 * The caller's identity, as the authorization of API Gateway, of a function URL or of the function behind it established it. Never contains
 * the caller's token.
 */
export interface Principal extends Grants {
  readonly id: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Keys of the authorizer's context that are not claims about the caller. */
const NOT_CLAIMS = new Set(['principalId', 'integrationLatency', 'claims', 'scopes']);

/** The parts of a role session's ARN: the role, and the session name. */
const ROLE_SESSION = /^(arn:[\w-]+:sts::\d{12}:assumed-role\/.+)\/([^/]+)$/;
/**
 * Session names that AWS SDKs generate: a number that contains the time, often after words, such as `aws-sdk-js-1760000000000` or
 * `botocore-session-1760000000`. They change whenever the credentials are renewed.
 */
const GENERATED_SESSION_NAME = /^(?:[a-z]+-)*\d{10,19}$/;

/** Whether the server serves callers without an identity: with `McpAuth.none()` only. */
export function servesAnonymousCallers(): boolean {
  return optionalEnv(ENV.AUTHORIZATION) === AUTHORIZATION.NONE;
}

/** Authorization whose principals are names that others chose, even if one looks like an ARN. */
const NAMED_BY_OTHERS: readonly (string | undefined)[] = [
  AUTHORIZATION.CUSTOM,
  AUTHORIZATION.COGNITO,
  AUTHORIZATION.API_KEY,
];

/** Whether the ids of principals are those of IAM callers. */
export function identifiesIamCallers(): boolean {
  return !NAMED_BY_OTHERS.includes(optionalEnv(ENV.AUTHORIZATION));
}

/** The principal of a request. Null if the request has no identity, which only `McpAuth.none()` permits. */
export function principalOf(event: APIGatewayProxyEvent): Principal | null {
  const { authorizer } = event.requestContext;
  const id = idOf(event.requestContext);
  if (id === undefined) return null;
  const claims = claimsOf(authorizer);
  return { id, ...(claims ? { claims } : {}), ...grantsOf(authorizer) };
}

/**
 * The id that the server's authorization established. If an authorizer took part, it alone decides: an empty id does not turn the caller
 * into the owner of an API key.
 */
function idOf({ authorizer, identity }: APIGatewayProxyEvent['requestContext']): string | undefined {
  if (isObject(authorizer?.claims)) return textOf(authorizer.claims.sub);
  if (authorizer && 'principalId' in authorizer) return textOf(authorizer.principalId);
  // all users of an identity pool have the same role session, named `CognitoIdentityCredentials`
  return textOf(identity?.cognitoIdentityId) ?? textOf(iamCallerOf(identity?.userArn)) ?? textOf(identity?.apiKeyId);
}

/** A value as an id: text, or a number, which some authorizers return. Undefined if it identifies no caller. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** An IAM caller: its ARN, without a generated session name (docs/adr/016-iam-caller-identity.md). */
function iamCallerOf(userArn: string | null | undefined): string | null | undefined {
  const [, role, sessionName] = ROLE_SESSION.exec(userArn ?? '') ?? [];
  return role !== undefined && GENERATED_SESSION_NAME.test(sessionName!) ? role : userArn;
}

/** The context from a Lambda authorizer, or the claims from a Cognito authorizer. */
function claimsOf(authorizer: Record<string, unknown> | null | undefined): Record<string, unknown> | undefined {
  if (!authorizer) return undefined;
  if (isObject(authorizer.claims)) return authorizer.claims;
  const own = ownClaimsOf(authorizer);
  if (own) return Object.keys(own).length > 0 ? own : undefined;
  const context = Object.entries(authorizer).filter(([key]) => !NOT_CLAIMS.has(key));
  return context.length > 0 ? Object.fromEntries(context) : undefined;
}
