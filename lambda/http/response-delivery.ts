import type { APIGatewayProxyEvent } from 'aws-lambda';
import { EVENT_STREAM_HEADERS, KEEP_ALIVE_COMMENT, KEEP_ALIVE_MS } from '../protocol/event-stream.js';
import { header } from '../shared/http.js';
import type { ResponseBody, StreamedResponse } from '../shared/stream.js';

/** How long an answer may take before the response becomes a stream: API Gateway cuts one that is silent for 5 minutes. */
const PATIENCE_MS = 10_000;

/** Hop-by-hop: API Gateway's to set. */
const NOT_FORWARDED = new Set(['connection', 'content-length', 'transfer-encoding']);

interface Delivery {
  readonly event: APIGatewayProxyEvent;
  /** Headers that every response carries. */
  readonly headers: Readonly<Record<string, string>>;
  readonly patienceMs?: number;
  readonly keepAliveMs?: number;
}

/** Sends an answer as it is; one that is slow to come, as an event stream that says so every 15 seconds. */
export async function deliver(
  answer: Promise<Response>,
  response: StreamedResponse,
  delivery: Delivery,
): Promise<void> {
  const quick = await within(answer, delivery.patienceMs ?? PATIENCE_MS);
  // without an answer the status is not known; a client that reads no streams has to wait for it
  if (quick || !acceptsStream(delivery.event)) return forward(await answer, response, delivery.headers);
  const body = response.begin({ statusCode: 200, headers: { ...EVENT_STREAM_HEADERS, ...delivery.headers } });
  const keepAlive = () => void body.write(KEEP_ALIVE_COMMENT).catch(() => undefined);
  keepAlive();
  const timer = setInterval(keepAlive, delivery.keepAliveMs ?? KEEP_ALIVE_MS);
  try {
    const late = await answer;
    if (isStream(late)) {
      clearInterval(timer); // it has a keep-alive of its own
      await copy(late, body);
    } else {
      const message = await late.text();
      if (message) await body.write(`event: message\ndata: ${message}\n\n`);
    }
  } finally {
    clearInterval(timer);
    await body.end();
  }
}

async function forward(answer: Response, response: StreamedResponse, extra: Delivery['headers']): Promise<void> {
  const headers: Record<string, string> = {};
  answer.headers.forEach((value, name) => {
    if (!NOT_FORWARDED.has(name)) headers[name] = value;
  });
  const body = response.begin({ statusCode: answer.status, headers: { ...headers, ...extra } });
  try {
    await copy(answer, body);
  } finally {
    await body.end();
  }
}

async function copy(answer: Response, body: ResponseBody): Promise<void> {
  if (!answer.body) return;
  for await (const chunk of answer.body) await body.write(chunk);
}

function isStream(answer: Response): boolean {
  return answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
}

function acceptsStream(event: APIGatewayProxyEvent): boolean {
  return header(event, 'accept')?.includes('text/event-stream') ?? false;
}

async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
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
