import { type IncomingHttpHeaders, request } from 'node:http';
import type { ApiDefinition, Route } from '../../../local/services/apigateway/definition.js';
import { createFront, type Front, type FrontOptions } from '../../../local/services/apigateway/front.js';
import { ACCOUNT, arnOf, REGION, startLambda, type TestLambda } from '../lambda/support.js';

/** A front over functions which are written in the test. */
export interface TestFront {
  readonly front: Front;
  readonly lambda: TestLambda;
  readonly logs: string[];
  stop(): Promise<void>;
}

/** A route to the function of that name. */
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

export async function startFront(
  routes: readonly Route[],
  api: Partial<ApiDefinition> = {},
  options: Partial<FrontOptions> = {},
): Promise<TestFront> {
  const lambda = await startLambda('shared');
  const logs: string[] = [];
  const front = await createFront({
    api: { apiId: 'api123', stage: 'prod', routes, ...api },
    port: 0,
    region: REGION,
    accountId: ACCOUNT,
    enforceAuth: false,
    credentialsOf: () => undefined,
    authorizeIam: () => true,
    invoke: ({ functionArn, payload, signal }) => lambda.service.invoke(functionArn, payload, { signal }),
    onLog: (text) => logs.push(text),
    ...options,
  });
  return {
    front,
    lambda,
    logs,
    async stop() {
      await front.close();
      await lambda.stop();
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, parsed. */
  readonly json: any;
}

/** A request with exactly these headers, whatever they are: `fetch` would not send some of them. */
export function send(
  url: string,
  options: { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
): Promise<Answer> {
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

/** A handler that answers with its event. */
export const ECHO = `export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });`;
