/** The caller in the events of other services. Only the server's own authorization decides what it is, never an argument. */
import type { RequestContext } from '../../protocol/request-scope.js';
import { identifiesIamCallers } from '../../shared/principal.js';

/** An address that belongs to no network: the source address of a call is not known here, and must not be mistaken for a trusted one. */
export const SOURCE_IP = '0.0.0.0';
export const USER_AGENT = 'cdk-mcp-lambda';

export interface Caller {
  readonly id: string;
  /** The claims as text, as authorizers pass them on. Always has `sub`. */
  readonly claims: Readonly<Record<string, string>>;
  /** The ARN of a caller that signs its requests. */
  readonly arn?: string;
}

/** Returns the caller; undefined if the server does not authenticate callers. */
export function callerOf({ principal }: RequestContext): Caller | undefined {
  if (!principal) return undefined;
  const { id, claims = {} } = principal;
  const texts = Object.entries(claims)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]);
  const isArn = id.startsWith('arn:') && identifiesIamCallers();
  return { id, claims: { sub: id, ...Object.fromEntries(texts) }, ...(isArn ? { arn: id } : {}) };
}
