import type { AuthorizedCaller } from './event.js';

/** Returns who a caller is: the ARN of a role session or user, the principal of an authorizer, or the id of an API key. */
export function callerName({ identity, authorizer }: AuthorizedCaller): string | undefined {
  if (identity.userArn !== undefined) return identity.userArn;
  const { principalId, claims } = authorizer ?? {};
  const { sub, client_id: clientId } = typeof claims === 'object' ? claims : {};
  const name = [principalId, sub, clientId].find((each) => typeof each === 'string' && each !== '');
  return name === undefined ? identity.apiKeyId : String(name);
}
