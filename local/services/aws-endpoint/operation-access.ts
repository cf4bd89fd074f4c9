import type { BufferedRequest } from '../forward.js';
import type { Caller } from '../iam/evaluator.js';
import { matchesAction } from '../iam/match.js';
import { list, type Statement, statements } from '../iam/policy.js';
import { s3Permissions } from '../s3/operations.js';
import type { RequiredPermission } from './access.js';

/** IAM prefixes of services whose name in signatures differs. */
const PREFIXES: Readonly<Record<string, string>> = { email: 'ses', monitoring: 'cloudwatch' };

/** Actions of Bedrock's runtime, by the end of the path. */
const BEDROCK_ACTIONS: Readonly<Record<string, string>> = {
  converse: 'InvokeModel',
  'converse-stream': 'InvokeModelWithResponseStream',
  invoke: 'InvokeModel',
  'invoke-with-response-stream': 'InvokeModelWithResponseStream',
};

/** Returns the permissions of a call on a resource that is not part of the app, if the request names the resource. */
export function knownPermissions(service: string, request: BufferedRequest): RequiredPermission[] | undefined {
  return service === 's3' ? s3Permissions(request, () => ({ tags: {} })) : undefined;
}

/**
 * Returns the action of a call whose service is not emulated; `<service>:*` if the request does not name its operation. The resource of
 * the call is unknown.
 */
export function actionOf(service: string, { url, headers, body }: BufferedRequest): string {
  const prefix = Object.hasOwn(PREFIXES, service) ? PREFIXES[service] : service;
  const target = String(headers['x-amz-target'] ?? '');
  if (target) return `${prefix}:${target.slice(target.lastIndexOf('.') + 1)}`;
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    return `${prefix}:${new URLSearchParams(body.toString()).get('Action') ?? '*'}`;
  }
  const [, operation] = service === 'bedrock' ? (/^\/model\/[^/]+\/([a-z-]+)(?:\?|$)/.exec(url) ?? []) : [];
  const bedrockAction = Object.hasOwn(BEDROCK_ACTIONS, operation ?? '') ? BEDROCK_ACTIONS[operation!] : undefined;
  return `${prefix}:${bedrockAction ?? '*'}`;
}

/**
 * Whether the policies of a caller can allow an action on some resource: a statement allows it, and none denies it on all resources. AWS
 * decides about the resource, and about conditions, with the developer's credentials.
 */
export function mayAllow(caller: Caller, action: string): boolean {
  if (caller.unknownPolicies?.length) return true;
  const own = caller.policies.flatMap(statements);
  const allowed = own.some((each) => each.Effect === 'Allow' && covers(each, action));
  const inBoundary =
    !caller.boundary || statements(caller.boundary).some((each) => each.Effect === 'Allow' && covers(each, action));
  return allowed && inBoundary && !own.some((each) => deniesEverywhere(each, action));
}

function deniesEverywhere(statement: Statement, action: string): boolean {
  return (
    statement.Effect === 'Deny' &&
    statement.Condition === undefined &&
    list(statement.Resource).includes('*') &&
    !action.endsWith(':*') &&
    covers(statement, action)
  );
}

/** Whether a statement names the action; for `<service>:*`, any action of the service. */
function covers({ Action, NotAction }: Statement, action: string): boolean {
  const service = action.split(':')[0]!;
  if (NotAction !== undefined) return !list(NotAction).some((pattern) => matchesAction(pattern, action));
  return list(Action).some((pattern) =>
    action.endsWith(':*')
      ? pattern === '*' || pattern.toLowerCase().startsWith(`${service}:`)
      : matchesAction(pattern, action),
  );
}
