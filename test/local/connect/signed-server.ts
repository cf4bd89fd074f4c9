import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignatureError, verifySignature } from '../../../local/services/iam/sigv4.js';

export const CREDENTIALS = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };

export interface ReceivedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly message: any;
}

/** A response of the server; `events` are sent as a stream. */
export interface ScriptedResponse {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  /** The body as text, in place of `json`. */
  readonly text?: string;
  readonly events?: unknown[];
  /** Raw text at the start of the stream. */
  readonly prelude?: string;
  /** Keeps the response open until the client closes it. */
  readonly hang?: boolean;
}

/** Starts a server with scripted responses that requires signed requests, as API Gateway does with IAM authorization. */
export async function startSignedServer(respond: (request: ReceivedRequest) => ScriptedResponse) {
  const requests: ReceivedRequest[] = [];
  const closed: unknown[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = req;
    const body = Buffer.concat(chunks);
    try {
      const request = { method, path: url, headers, body };
      verifySignature(request, (id) => (id === CREDENTIALS.accessKeyId ? CREDENTIALS : undefined), {
        service: 'execute-api',
        region: 'eu-west-1',
      });
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
      res.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ message: error.message }));
      return;
    }
    const received = { method, headers, message: body.length > 0 ? JSON.parse(body.toString()) : undefined };
    requests.push(received);
    const {
      status = 200,
      json,
      text = json === undefined ? undefined : JSON.stringify(json),
      ...rest
    } = respond(received);
    const { events, prelude, hang, headers: more } = rest;
    if (events) {
      res.writeHead(status, { 'content-type': 'text/event-stream', ...more });
      if (prelude) res.write(prelude);
      for (const event of events) res.write(`: comment\n\nevent: message\ndata: ${JSON.stringify(event)}\n\n`);
      res.on('close', () => closed.push(received.message?.id));
      if (!hang) res.end();
      return;
    }
    res.writeHead(status, { ...(text !== undefined && { 'content-type': 'application/json' }), ...more });
    if (text !== undefined) res.write(text);
    res.flushHeaders();
    if (!hang) res.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod/mcp`,
    requests,
    /** Ids of requests with a closed stream. */
    closed,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
