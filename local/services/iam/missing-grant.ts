/** Grant methods of the CDK by action, first match. */
const GRANTS: ReadonlyArray<readonly [action: RegExp, grant: string]> = [
  [/^dynamodb:(Get|BatchGet|Query|Scan|Describe|ConditionCheck|PartiQLSelect)/, 'table.grantReadData(fn)'],
  [/^dynamodb:(Put|Update|Delete|BatchWrite)Item$/, 'table.grantWriteData(fn)'],
  [/^s3:(Get|List|Head)/, 'bucket.grantRead(fn)'],
  [/^s3:Put/, 'bucket.grantPut(fn)'],
  [/^s3:Delete/, 'bucket.grantDelete(fn)'],
  [/^sqs:(Send|Purge)/, 'queue.grantSendMessages(fn)'],
  [/^sqs:(Receive|Delete|ChangeMessageVisibility)/, 'queue.grantConsumeMessages(fn)'],
  [/^sns:Publish/, 'topic.grantPublish(fn)'],
  [/^lambda:Invoke/, 'otherFunction.grantInvoke(fn)'],
  [/^secretsmanager:(Get|Describe)/, 'secret.grantRead(fn)'],
  [/^ssm:(Get|Describe)/, 'parameter.grantRead(fn)'],
  [/^ssm:Put/, 'parameter.grantWrite(fn)'],
  [/^events:PutEvents$/, 'bus.grantPutEventsTo(fn)'],
  [/^states:StartExecution$/, 'stateMachine.grantStartExecution(fn)'],
  [/^sts:AssumeRole$/, 'role.grantAssumeRole(fn)'],
  [/^states:StartSyncExecution$/, 'stateMachine.grantStartSyncExecution(fn)'],
];

/** Routes of an MCP server, by the resource of `execute-api:Invoke`: `<api>/<stage>/<method>/<path>`. */
const ROUTE = /:[^:/]+\/[^/]+\/([A-Z]+)\/(mcp|sse|message|register)(?:\/|$)/;

/**
 * Returns a remedy for a caller who may not use a route of an API.
 * @param role construct path of the role of the caller, or its ARN
 */
export function missingRouteGrant(methodArn: string, role: string): string {
  const [, method, path] = ROUTE.exec(methodArn) ?? [];
  const call =
    path === undefined
      ? 'api.arnForExecuteApi() in a statement that allows execute-api:Invoke'
      : path !== 'register'
        ? 'server.grantConnect(role)'
        : method === 'GET'
          ? 'server.grantReadRegistrations(role)'
          : 'server.grantRegister(role)';
  return `a grant is missing in the app for ${role}: ${call}`;
}

/**
 * Returns a remedy for a caller who may not use a function URL.
 * @param path path of the MCP server that the URL serves; absent for other URLs
 * @param role construct path of the role of the caller, or its ARN
 */
export function missingUrlGrant(path: 'mcp' | 'register' | undefined, role: string): string {
  const call =
    path === undefined
      ? 'functionUrl.grantInvokeUrl(role)'
      : path === 'mcp'
        ? 'server.grantConnect(role)'
        : 'server.grantRegister(role)';
  return `a grant is missing in the app for ${role}: ${call}`;
}

/** Returns a remedy for a caller that the trust policy of a role does not allow. */
export function missingTrust(callerArn: string): string {
  return `the trust policy of the role lacks the caller: add new iam.ArnPrincipal('${callerArn}'), or the account, to its assumedBy`;
}

/** Returns a remedy for an action that no policy allows: the grant to add to the app. */
export function missingGrant(action: string, resource: string): string {
  const known = GRANTS.find(([pattern]) => pattern.test(action))?.[1];
  const statement = `fn.addToRolePolicy(new iam.PolicyStatement({ actions: ['${action}'], resources: ['${resource}'] }))`;
  return `a grant is missing in the app: ${known ?? statement}`;
}
