import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type Grants, grantsOf, ownClaimsOf } from './grants.js';

/** The caller's identity, as API Gateway's authorization established it. Never contains the caller's token. */
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

/** The principal of a request. Null if the server does not authenticate callers. */
export function principalOf(event: APIGatewayProxyEvent): Principal | null {
  const { authorizer, identity } = event.requestContext;
  const claims = claimsOf(authorizer);
  const id = authorizer?.principalId ?? claims?.sub ?? iamCallerOf(identity?.userArn) ?? identity?.apiKeyId;
  if (typeof id !== 'string' || id === '') return null;
  return { id, ...(claims ? { claims } : {}), ...grantsOf(authorizer) };
}

/** An IAM caller: its ARN, without a generated session name (docs/adr/016-iam-caller-identity.md). */
function iamCallerOf(userArn: string | null | undefined): string | null | undefined {
  const [, role, sessionName] = ROLE_SESSION.exec(userArn ?? '') ?? [];
  return role !== undefined && GENERATED_SESSION_NAME.test(sessionName!) ? role : userArn;
}

/** The context from a Lambda authorizer, or the claims from a Cognito authorizer. */
function claimsOf(authorizer: Record<string, unknown> | null | undefined): Record<string, unknown> | undefined {
  if (!authorizer) return undefined;
  const cognito = authorizer.claims;
  if (typeof cognito === 'object' && cognito !== null) return cognito as Record<string, unknown>;
  const own = ownClaimsOf(authorizer);
  if (own) return Object.keys(own).length > 0 ? own : undefined;
  const context = Object.entries(authorizer).filter(([key]) => !NOT_CLAIMS.has(key));
  return context.length > 0 ? Object.fromEntries(context) : undefined;
}
