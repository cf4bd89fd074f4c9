import type { PolicyDocument, RequestContext } from '../iam/policy.js';

/** A permission that a call requires. A call with several requires all of them. */
export interface RequiredPermission {
  /** Action, such as `sqs:SendMessage`. */
  readonly action: string;
  /** ARN, or `*` for actions without a resource. */
  readonly resource: string;
  /** Condition keys of the service, without the global condition keys. */
  readonly context: RequestContext;
  readonly resourcePolicy?: PolicyDocument;
  /** Trust policy of the role to assume. It must allow the caller. */
  readonly trustPolicy?: PolicyDocument;
}

/** Returns `aws:ResourceTag/<key>` for each tag of the resource. */
export function resourceTags(tags: Readonly<Record<string, string>> = {}): RequestContext {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}

/** Returns `aws:RequestTag/<key>` and `aws:TagKeys` for the tags in a request. */
export function requestTags(tags: Readonly<Record<string, string>> = {}): RequestContext {
  const keys = Object.keys(tags);
  if (keys.length === 0) return {};
  return {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': keys,
  };
}
