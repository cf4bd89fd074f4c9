/** The supported operations of the Lambda API. */
type LambdaOperation =
  | 'Invoke'
  | 'InvokeWithResponseStream'
  | 'AddPermission'
  | 'RemovePermission'
  | 'GetPolicy'
  | 'GetFunction'
  | 'GetFunctionConfiguration'
  | 'ListTags'
  | 'GetAccountSettings';

export interface LambdaRequest {
  readonly method: string;
  /** Path with the query string. */
  readonly path: string;
}

/** A parsed request. */
export interface LambdaCall {
  readonly operation: LambdaOperation;
  /** Name, ARN or partial ARN, as in the request. */
  readonly functionName: string;
  readonly qualifier: string | undefined;
  readonly statementId: string | undefined;
  readonly query: URLSearchParams;
}

const FUNCTION = '/2015-03-31/functions/(?<functionName>[^/]+)';
const OPERATIONS: ReadonlyArray<[LambdaOperation, string, RegExp]> = [
  ['Invoke', 'POST', new RegExp(`^${FUNCTION}/invocations/?$`)],
  [
    'InvokeWithResponseStream',
    'POST',
    /^\/2021-11-15\/functions\/(?<functionName>[^/]+)\/response-streaming-invocations\/?$/,
  ],
  ['AddPermission', 'POST', new RegExp(`^${FUNCTION}/policy/?$`)],
  ['GetPolicy', 'GET', new RegExp(`^${FUNCTION}/policy/?$`)],
  ['RemovePermission', 'DELETE', new RegExp(`^${FUNCTION}/policy/(?<statementId>[^/]+)/?$`)],
  ['GetFunctionConfiguration', 'GET', new RegExp(`^${FUNCTION}/configuration/?$`)],
  ['GetFunction', 'GET', new RegExp(`^${FUNCTION}/?$`)],
  ['GetAccountSettings', 'GET', /^\/2016-08-19\/account-settings\/?$/],
  ['ListTags', 'GET', /^\/2017-03-31\/tags\/(?<functionName>[^/]+)\/?$/],
];

/** Parses a request; undefined for unsupported operations. */
export function parseCall({ method, path }: LambdaRequest): LambdaCall | undefined {
  const url = new URL(path, 'http://lambda');
  for (const [operation, verb, pattern] of OPERATIONS) {
    const match = verb === method ? pattern.exec(url.pathname) : undefined;
    if (!match) continue;
    const { groups = {} } = match;
    return {
      operation,
      functionName: decodeURIComponent(groups.functionName ?? ''),
      qualifier: url.searchParams.get('Qualifier') ?? undefined,
      statementId: groups.statementId === undefined ? undefined : decodeURIComponent(groups.statementId),
      query: url.searchParams,
    };
  }
  return undefined;
}

/** The IAM action of a request, with resource and context. */
export interface LambdaAction {
  /** Action, such as `lambda:InvokeFunction`, which InvokeWithResponseStream requires, too. */
  readonly action: string;
  readonly functionName: string;
  readonly qualifier: string | undefined;
  /** The statement that RemovePermission removes. */
  readonly statementId: string | undefined;
  /** Condition keys from the request: `lambda:Principal` of AddPermission. */
  readonly context: Readonly<Record<string, string>>;
}

/**
 * Returns the IAM action for the policy evaluation; undefined for unsupported operations.
 * @param body request body, which has the principal of AddPermission
 */
export function lambdaApiAction(method: string, path: string, body?: Buffer): LambdaAction | undefined {
  const call = parseCall({ method, path });
  if (!call) return undefined;
  const { operation, functionName, qualifier, statementId } = call;
  const action = operation.startsWith('Invoke') ? 'InvokeFunction' : operation;
  return {
    action: `lambda:${action}`,
    functionName,
    qualifier,
    statementId,
    context: operation === 'AddPermission' ? principalOf(body) : {},
  };
}

function principalOf(body: Buffer | undefined): Record<string, string> {
  try {
    const { Principal } = JSON.parse(String(body)) as { Principal?: unknown };
    return typeof Principal === 'string' ? { 'lambda:Principal': Principal } : {};
  } catch {
    return {}; // the operation itself rejects an invalid body
  }
}
