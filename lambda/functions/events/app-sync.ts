/** A request of AWS AppSync to a Lambda resolver. */
import type { AppSyncEvent } from '../../../src/private/event.js';
import type { JsonObject } from '../../../src/private/registration.js';
import { callerOf, SOURCE_IP } from './caller.js';
import type { EventContext } from './event-context.js';

export function appSyncEvent({ typeName, fieldName }: AppSyncEvent, { args, request }: EventContext): JsonObject {
  return {
    arguments: args,
    identity: identityOf(request),
    source: null,
    request: { headers: {}, domainName: null },
    prev: null,
    info: { selectionSetList: [], selectionSetGraphQL: '', parentTypeName: typeName, fieldName, variables: {} },
    stash: {},
  };
}

/** The caller as AppSync describes users of OpenID Connect and Cognito, or signers. Null for anonymous callers. */
function identityOf(request: EventContext['request']): JsonObject | null {
  const caller = callerOf(request);
  if (!caller) return null;
  const { id, claims, arn } = caller;
  if (arn) {
    return {
      accountId: arn.split(':')[4],
      cognitoIdentityPoolId: null,
      cognitoIdentityId: null,
      cognitoIdentityAuthType: null,
      cognitoIdentityAuthProvider: null,
      sourceIp: [SOURCE_IP],
      username: id,
      userArn: arn,
    };
  }
  return {
    sub: claims.sub,
    issuer: claims.iss ?? null,
    username: claims['cognito:username'] ?? claims.username ?? claims.sub,
    claims,
    sourceIp: [SOURCE_IP],
    defaultAuthStrategy: 'ALLOW',
    groups: groupsOf(request),
  };
}

/** The groups of the caller: those of the access token, or those that a Lambda authorizer passes on as Cognito's claim. */
function groupsOf({ principal }: EventContext['request']): readonly string[] | null {
  const claim = principal?.claims?.['cognito:groups'];
  return principal?.groups ?? (Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(',') : null);
}
