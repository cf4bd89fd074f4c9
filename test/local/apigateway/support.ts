import { type IncomingHttpHeaders, request } from 'node:http';
import type { ApiDefinition, Route } from '../../../local/services/apigateway/definition.js';
import { RestApiServer, type RestApiServerOptions } from '../../../local/services/apigateway/rest-api-server.js';
import { ACCOUNT, arnOf, REGION, startLambda, type TestLambda } from '../lambda/support.js';

/** A REST API server with functions from source code. */
export interface TestApi {
  readonly server: RestApiServer;
  readonly lambda: TestLambda;
  readonly logs: string[];
  stop(): Promise<void>;
}

/** Returns a route to a function. */
export function route(resourcePath: string, functionName: string, more: Partial<Route> = {}): Route {
  return {
    resourcePath,
    method: 'ANY',
    functionArn: arnOf(functionName),
    transferMode: 'BUFFERED',
    timeoutMs: 29_000,
    authorization: { type: 'NONE' },
    ...more,
  };
}

export async function startTestApi(
  routes: readonly Route[],
  api: Partial<ApiDefinition> = {},
  options: Partial<RestApiServerOptions> = {},
): Promise<TestApi> {
  const lambda = await startLambda('shared');
  const logs: string[] = [];
  const server = new RestApiServer({
    api: { apiId: 'api123', stage: 'prod', routes, ...api },
    region: REGION,
    accountId: ACCOUNT,
    enforceAuth: false,
    credentialsOf: () => undefined,
    authorizeIam: () => true,
    invoke: ({ functionArn, payload, signal }) => lambda.service.invoke(functionArn, payload, { signal }),
    onLog: (text) => logs.push(text),
    ...options,
  });
  await server.listen(0);
  return {
    server,
    lambda,
    logs,
    async stop() {
      await server.close();
      await lambda.stop();
    },
  };
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, parsed. */
  readonly json: any;
}

/** Sends a request with exactly these headers. `fetch` does not allow some of them. */
export function send(
  url: string,
  options: { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const req = request(url, { method: options.method ?? 'GET', headers: options.headers }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: res.statusCode!,
          headers: res.headers,
          text,
          get json() {
            return JSON.parse(text);
          },
        });
      });
    });
    req.on('error', reject).end(options.body);
  });
}

/** A handler that returns its event. */
export const ECHO = `export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });`;
