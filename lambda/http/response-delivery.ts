import type { APIGatewayProxyEvent } from 'aws-lambda';
import { accepts } from '../protocol/accept.js';
import { EVENT_STREAM_HEADERS, KEEP_ALIVE_COMMENT, KEEP_ALIVE_MS } from '../protocol/event-stream.js';
import { header } from '../shared/http.js';
import type { ResponseBody, StreamedResponse } from '../shared/stream.js';

/** Time after which a pending response becomes an event stream: API Gateway closes a response that is silent for 5 minutes. */
const STREAM_AFTER_MS = 10_000;

/** Hop-by-hop headers, which API Gateway sets. */
const NOT_FORWARDED = new Set(['connection', 'content-length', 'transfer-encoding']);

interface DeliveryOptions {
  readonly event: APIGatewayProxyEvent;
  /** Headers of every response. */
  readonly headers: Readonly<Record<string, string>>;
  readonly streamAfterMs?: number;
  readonly keepAliveMs?: number;
}

/** Sends a response unchanged. A slow one becomes an event stream, with a comment every 15 seconds until its message is there. */
export async function deliver(
  pending: Promise<Response>,
  response: StreamedResponse,
  options: DeliveryOptions,
): Promise<void> {
  const ready = await settledWithin(pending, options.streamAfterMs ?? STREAM_AFTER_MS);
  // the HTTP status is unknown until the response is there; a client that does not accept streams has to wait for it
  if (ready || !accepts(header(options.event, 'accept'), 'text/event-stream'))
    return forward(await pending, response, options.headers);
  const body = response.begin({ statusCode: 200, headers: { ...EVENT_STREAM_HEADERS, ...options.headers } });
  const keepAlive = () => void body.write(KEEP_ALIVE_COMMENT).catch(() => undefined);
  keepAlive();
  const timer = setInterval(keepAlive, options.keepAliveMs ?? KEEP_ALIVE_MS);
  try {
    const result = await pending;
    if (isStream(result)) {
      clearInterval(timer); // the stream sends its own keep-alive comments
      await copyBody(result, body);
    } else {
      const message = await result.text();
      if (message) await body.write(`event: message\ndata: ${message}\n\n`);
    }
  } finally {
    clearInterval(timer);
    await body.end();
  }
}

async function forward(
  result: Response,
  response: StreamedResponse,
  extraHeaders: DeliveryOptions['headers'],
): Promise<void> {
  const headers: Record<string, string> = {};
  result.headers.forEach((value, name) => {
    if (!NOT_FORWARDED.has(name)) headers[name] = value;
  });
  const body = response.begin({ statusCode: result.status, headers: { ...headers, ...extraHeaders } });
  try {
    await copyBody(result, body);
  } finally {
    await body.end();
  }
}

async function copyBody(from: Response, to: ResponseBody): Promise<void> {
  if (!from.body) return;
  for await (const chunk of from.body) await to.write(chunk);
}

function isStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
}

/** Resolves to undefined if the promise is still pending after `milliseconds`. */
async function settledWithin<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
