import type { ResourceDefinition } from '../../../local/assembly/template.js';
import type { FunctionUrlDefinition } from '../../../local/services/function-url/definition.js';
import {
  FunctionUrlServer,
  type FunctionUrlServerOptions,
} from '../../../local/services/function-url/function-url-server.js';
import { ACCOUNT, arnOf, REGION, startLambda } from '../lambda/support.js';

/** Id of the function URL. */
export const URL_ID = 'url1234567890abcdefghijklmnopqrs';

/** Starts a function from source code with a function URL. */
export async function startTestUrl(
  code: string,
  definition: Partial<FunctionUrlDefinition> = {},
  options: Partial<FunctionUrlServerOptions> = {},
  limits: { timeoutSeconds?: number; reservedConcurrency?: number } = {},
) {
  const lambda = await startLambda('shared');
  lambda.define('served', code, limits);
  const logs: string[] = [];
  const server = new FunctionUrlServer(
    {
      id: URL_ID,
      region: REGION,
      accountId: ACCOUNT,
      enforceAuth: false,
      credentialsOf: () => undefined,
      checkAccess: () => undefined,
      invoke: ({ definition: { functionArn }, payload, signal }) =>
        lambda.service.invoke(functionArn, payload, { signal }),
      onLog: (text) => logs.push(text),
      ...options,
    },
    { functionArn: arnOf('served'), authType: 'NONE', invokeMode: 'BUFFERED', ...definition },
  );
  await server.listen(0);
  return {
    server,
    logs,
    async [Symbol.asyncDispose]() {
      await server.close();
      await lambda.stop();
    },
  };
}

/** A function URL of a template. */
export function functionUrl(functionId: string, properties: Record<string, unknown> = {}): ResourceDefinition {
  return {
    Type: 'AWS::Lambda::Url',
    Properties: { TargetFunctionArn: { 'Fn::GetAtt': [functionId, 'Arn'] }, AuthType: 'AWS_IAM', ...properties },
  };
}
