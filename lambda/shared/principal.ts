import type { APIGatewayProxyEvent } from 'aws-lambda';

/** Who calls, as API Gateway's authorization established it. Never holds the caller's token. */
export interface Principal {
  readonly id: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Keys of the authorizer's context that say nothing of the caller. */
const NOT_CLAIMS = new Set(['principalId', 'integrationLatency', 'claims', 'scopes']);

/** The caller of a request, or null where the server authenticates nobody. */
export function principalOf(event: APIGatewayProxyEvent): Principal | null {
  const { authorizer, identity } = event.requestContext;
  const claims = claimsOf(authorizer);
  const id = authorizer?.principalId ?? claims?.sub ?? identity?.userArn ?? identity?.apiKeyId;
  if (typeof id !== 'string' || id === '') return null;
  return claims ? { id, claims } : { id };
}

/** What a Lambda authorizer gave as context, or the claims that a Cognito authorizer read. */
function claimsOf(authorizer: Record<string, unknown> | null | undefined): Record<string, unknown> | undefined {
  if (!authorizer) return undefined;
  const cognito = authorizer.claims;
  if (typeof cognito === 'object' && cognito !== null) return cognito as Record<string, unknown>;
  const context = Object.entries(authorizer).filter(([key]) => !NOT_CLAIMS.has(key));
  return context.length > 0 ? Object.fromEntries(context) : undefined;
}
