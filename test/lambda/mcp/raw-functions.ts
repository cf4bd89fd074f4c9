import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Returns the response of a function as text, for its event as text. A function in Node.js would lose numbers. */
export type RawFunction = (event: string) => string;

/** Emulates Lambda for functions that read and write JSON text. Points the Lambda client of this process to them. */
export async function startRawFunctions(functions: Readonly<Record<string, RawFunction>>) {
  /** The events received, by function. */
  const events: Record<string, string[]> = {};
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const name = /function(?::|%3A)(\w+)\/invocations$/i.exec(request.url ?? '')![1]!;
    const event = Buffer.concat(chunks).toString('utf8');
    events[name] = [...(events[name] ?? []), event];
    if (request.headers['x-amz-invocation-type'] === 'Event') response.writeHead(202).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(functions[name]!(event));
  });
  await new Promise<void>((resolved) => server.listen(0, '127.0.0.1', resolved));
  process.env.AWS_ENDPOINT_URL_LAMBDA = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    events,
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
