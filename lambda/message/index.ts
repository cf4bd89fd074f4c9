import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { METRICS } from '../../src/private/contract.js';
import { dynamoDb, sqs } from '../shared/clients.js';
import { errorResponse, json } from '../shared/http.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { corsHeaders } from '../shared/origin.js';
import { principalOf } from '../shared/principal.js';
import { guardRequest } from '../shared/request-guard.js';
import { isSessionId } from '../shared/session-id.js';
import { limitCalls, remainingMs } from '../shared/time-limits.js';
import { SessionStore } from '../sse/store.js';
import { readBody } from './body.js';
import { sendAll } from './sender.js';

const RETRY_AFTER = { 'retry-after': '1' };
/** Longest duration of an invocation, and the time reserved for the response, milliseconds. */
const MAX_MS = 15_000;
const RESPONSE_MS = 1_000;

// in the init phase, which has a whole processor at any memory size
dynamoDb();
sqs();

/** `POST /message?sessionId=…`: queues one JSON-RPC message (2025-03-26: or a batch) for the session that `GET /sse` opened. */
export async function handler(event: APIGatewayProxyEvent, context?: Context): Promise<APIGatewayProxyResult> {
  const time = remainingMs(context, MAX_MS) - RESPONSE_MS;
  const result = await limitCalls(time, () => accept(event)).catch((error: Error) => {
    log.error('handling a message failed', error);
    return errorResponse(503, 'the message could not be accepted: try again', [], RETRY_AFTER);
  });
  if (result.statusCode !== 202) measure([{ name: METRICS.MESSAGES_REJECTED, value: 1 }]);
  return { ...result, headers: { ...result.headers, ...corsHeaders(event) } };
}

async function accept(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const guardResponse = guardRequest(event, ['POST']);
  if (guardResponse) return guardResponse;
  const sessionId = event.queryStringParameters?.sessionId;
  if (!sessionId) return errorResponse(400, 'missing query parameter sessionId: use the URL of the endpoint event');
  const messages = readBody(event);
  if (!isMessages(messages)) return messages;

  const store = new SessionStore();
  const session = isSessionId(sessionId) ? await store.find(sessionId) : undefined;
  if (!session) return sessionNotFound();
  if (session.principal !== principalOf(event)?.id) {
    log.warn('rejecting a message: the caller is not the principal that opened the session');
    return sessionNotFound(); // the same response, so that it does not reveal which sessions exist
  }
  const outcome = await sendAll({
    queueUrl: session.queueUrl,
    messages,
    requestId: event.requestContext.requestId,
    isLive: async () => (await store.find(sessionId)) !== undefined,
  });
  if (outcome === 'session-ended') return sessionNotFound();
  if (outcome === 'failed')
    return errorResponse(503, 'the session is not ready for messages: try again', [], RETRY_AFTER);
  measure([{ name: METRICS.MESSAGES_ACCEPTED, value: messages.length }]);
  return json(202, { status: 'Message accepted' });
}

function sessionNotFound(): APIGatewayProxyResult {
  return errorResponse(404, 'session not found: it has ended or never existed; connect to /sse again');
}

function isMessages<T>(value: readonly T[] | APIGatewayProxyResult): value is readonly T[] {
  return Array.isArray(value);
}
