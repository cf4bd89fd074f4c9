import type { PolicyDocument, RequestContext } from '../iam/policy.js';

/** One permission that a call needs; a call may need several, each of them must be allowed. */
export interface RequiredAccess {
  /** e.g. `sqs:SendMessage` */
  readonly action: string;
  /** ARN, or `*` for actions without one. */
  readonly resource: string;
  /** Condition keys of the service; the global ones are added by whoever judges. */
  readonly context: RequestContext;
  readonly resourcePolicy?: PolicyDocument;
}

/** Who calls from where, for the ARNs of what is called. */
export interface Caller {
  readonly accountId: string;
  readonly region: string;
}

/** `aws:ResourceTag/<key>` for each tag of what is called. */
export function resourceTags(tags: Readonly<Record<string, string>> = {}): RequestContext {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}

/** `aws:RequestTag/<key>` and `aws:TagKeys` for each tag that a request sets. */
export function requestTags(tags: Readonly<Record<string, string>> = {}): RequestContext {
  const keys = Object.keys(tags);
  if (keys.length === 0) return {};
  return {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': keys,
  };
}
