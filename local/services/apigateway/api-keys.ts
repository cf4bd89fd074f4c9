import type { ApiKey } from './definition.js';
import type { Caller } from './event.js';
import { forbidden } from './gateway-error.js';
import { LOCAL_PRINCIPAL } from './iam.js';

/**
 * The `x-api-key` check of a method that requires a key. A wrong key is always refused.
 * @param enforceAuth whether no key at all is refused, too; else the caller is `local`
 */
export function checkApiKey(
  keys: readonly ApiKey[],
  header: string | string[] | undefined,
  enforceAuth: boolean,
): Caller['identity'] {
  if (header === undefined && !enforceAuth) return { apiKeyId: LOCAL_PRINCIPAL };
  const key = keys.find(({ value }) => value === header);
  if (!key) throw forbidden();
  return { apiKey: key.value, apiKeyId: key.id };
}
