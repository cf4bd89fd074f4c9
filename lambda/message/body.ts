import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { MAX_BATCH_ITEMS, parseBody } from '../protocol/message-body.js';
import { bodyText, errorResponse, header, json } from '../shared/http.js';
import { JsonTooDeep } from '../shared/json-depth.js';
import { principalOf } from '../shared/principal.js';
import { traceOf } from '../shared/request-trace.js';
import {
  type EncodedMessage,
  encodedBytes,
  encodeMessage,
  type JsonRpcObject,
  MAX_QUEUE_MESSAGE_BYTES,
  type QueuedMessage,
} from '../sse/queue-message.js';
import { shapeErrors } from './json-rpc.js';

/** The only revision with JSON-RPC batches. Its clients, like those of 2024-11-05, do not send a version header. */
const BATCH_REVISION = '2025-03-26';
const REVISION = /^\d{4}-\d{2}-\d{2}$/;

/** What all messages of a request share. */
type Origin = Pick<QueuedMessage, 'protocolVersion' | 'caller' | 'trace'>;

/** Reads the messages of a request body and encodes them for the queue. Returns an error response for an invalid body. */
export function readBody(event: APIGatewayProxyEvent): readonly EncodedMessage[] | APIGatewayProxyResult {
  if (mediaType(event) !== 'application/json') {
    return errorResponse(415, 'unsupported content type: send application/json');
  }
  let body: unknown;
  try {
    body = parseBody(bodyText(event));
  } catch (error) {
    return error instanceof JsonTooDeep ? errorResponse(400, `the message ${error.message}`) : parseError();
  }
  const requested = header(event, 'mcp-protocol-version');
  const protocolVersion = requested && REVISION.test(requested) ? requested : undefined;
  const caller = principalOf(event) ?? undefined;
  const { requestId, ...trace } = traceOf(event);
  const origin = { protocolVersion, caller, trace };
  return Array.isArray(body) ? readBatch(body, event, origin) : readMessage(body, origin);
}

function readMessage(body: unknown, origin: Origin) {
  const errors = shapeErrors(body);
  if (errors.length > 0) return errorResponse(400, 'not a JSON-RPC 2.0 message', errors);
  return encodeAll([{ message: body as JsonRpcObject, ...origin }]);
}

function readBatch(items: readonly unknown[], event: APIGatewayProxyEvent, origin: Origin) {
  const { protocolVersion } = origin;
  if (protocolVersion && protocolVersion !== BATCH_REVISION) {
    return errorResponse(
      400,
      `protocol revision ${protocolVersion} does not support batches: send one message per request`,
    );
  }
  if (items.length === 0) return errorResponse(400, 'empty batch: send at least one JSON-RPC message');
  if (items.length > MAX_BATCH_ITEMS) {
    return errorResponse(413, `batch of ${items.length} messages: at most ${MAX_BATCH_ITEMS} are allowed`);
  }
  const errors = items.flatMap((item, i) => shapeErrors(item, `[${i}]`));
  if (errors.length > 0) return errorResponse(400, 'not a batch of JSON-RPC 2.0 messages', errors);
  const batch = { id: event.requestContext.requestId, size: items.length };
  return encodeAll(items.map((item) => ({ message: item as JsonRpcObject, ...origin, batch })));
}

function encodeAll(messages: ReadonlyArray<Parameters<typeof encodeMessage>[0]>) {
  const encoded = messages.map(encodeMessage);
  const largest = Math.max(...encoded.map(encodedBytes));
  if (largest > MAX_QUEUE_MESSAGE_BYTES) {
    const limit = `at most ${MAX_QUEUE_MESSAGE_BYTES} are allowed, 6 for each UTF-16 unit outside of ASCII`;
    return errorResponse(413, `message of ${largest} bytes: ${limit}`);
  }
  return encoded;
}

/** The JSON-RPC response to a body that is not JSON, as on `/mcp`. */
function parseError(): APIGatewayProxyResult {
  const error = {
    code: JSON_RPC_ERROR.PARSE_ERROR,
    message: 'parse error: the body is not JSON; send a JSON-RPC message',
  };
  return json(400, { jsonrpc: '2.0', id: null, error });
}

function mediaType(event: APIGatewayProxyEvent): string | undefined {
  return header(event, 'content-type')?.split(';', 1).at(0)?.trim().toLowerCase();
}
