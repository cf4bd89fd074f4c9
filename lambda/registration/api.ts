import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import type { AuditAction } from '../../src/private/audit.js';
import { PATHS } from '../../src/private/contract.js';
import type { JsonObject, RegistrationItem, RegistrationType } from '../../src/private/registration.js';
import { READ_ONLY_KEYS, validateRegistration } from '../../src/private/validation/index.js';
import { auditChange } from '../audit/change.js';
import { shadows } from '../registry/catalog.js';
import { idOf, keyOf, type RegistrationKey, readEach, TYPES, toRegistration } from '../registry/item.js';
import { page } from '../registry/store.js';
import { type FunctionUrlEvent, isFunctionUrlEvent, restEvent } from '../shared/function-url.js';
import { bodyText, errorResponse, header, json, pathNotFound, selfPath } from '../shared/http.js';
import { log } from '../shared/log.js';
import { corsHeaders } from '../shared/origin.js';
import { principalOf } from '../shared/principal.js';
import { guardRequest } from '../shared/request-guard.js';
import { inTrace, traceOf } from '../shared/request-trace.js';
import { isUnavailable, limitCalls, remainingMs } from '../shared/time-limits.js';
import { entityTag } from './entity-tag.js';
import { create, get, remove, replace } from './registrar.js';
import { RegistrationError } from './request-error.js';

/** Registrations per page of the list. */
const PAGE_SIZE = 100;
/** API Gateway's limit for a request, and the time reserved for the response, milliseconds. */
const API_GATEWAY_MS = 29_000;
const RESPONSE_MS = 1_500;
/** The paths that the function serves. */
const ROUTES = [PATHS.REGISTER, `${PATHS.REGISTER}/{id}`];
/** The methods that change registrations. */
const ACTIONS: Readonly<Record<string, AuditAction>> = { POST: 'create', PUT: 'replace', DELETE: 'remove' };
const RETRY_AFTER = { 'retry-after': '5' };

/** The Registration API: `/register` and `/register/{id}`. */
export async function handler(
  received: APIGatewayProxyEvent | FunctionUrlEvent,
  context?: Context,
): Promise<APIGatewayProxyResult> {
  const event = isFunctionUrlEvent(received) ? restEvent(received, ROUTES) : received;
  if (!event.resource) return pathNotFound(event, PATHS.REGISTER);
  const time = remainingMs(context, API_GATEWAY_MS) - RESPONSE_MS;
  const respond = () => limitCalls(time, () => route(event)).catch((error: unknown) => toErrorResponse(error, event));
  const result = await inTrace(traceOf(event), () => audited(event, respond));
  return { ...result, headers: { ...result.headers, ...corsHeaders(event) } };
}

async function route(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const id = event.pathParameters?.id;
  const rejected = guardRequest(event, id === undefined ? ['GET', 'POST'] : ['GET', 'PUT', 'DELETE']);
  if (rejected) return rejected;
  if (id === undefined) return event.httpMethod === 'POST' ? post(event) : list(event);
  const key = keyOf(id);
  if (!key) {
    const expected = 'expected "<type>-<name>" with the type tool, resource or prompt';
    throw new RegistrationError(404, `invalid registration id ${JSON.stringify(id)}: ${expected}`);
  }
  if (event.httpMethod === 'GET') return registrationResponse(200, await get(key));
  const ifMatch = header(event, 'if-match');
  if (event.httpMethod === 'PUT') return put(event, key, ifMatch);
  await remove(key, ifMatch);
  return { statusCode: 204, headers: {}, body: '' };
}

async function post(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const item = await create(validated(bodyOf(event)));
  return registrationResponse(201, item, { location: selfPath(event, `${PATHS.REGISTER}/${idOf(item)}`) });
}

async function put(
  event: APIGatewayProxyEvent,
  key: RegistrationKey,
  ifMatch: string | undefined,
): Promise<APIGatewayProxyResult> {
  const item = await replace(key, validated(replacement(bodyOf(event), key)), ifMatch);
  return registrationResponse(200, item);
}

async function list(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const { cursor, type } = event.queryStringParameters ?? {};
  if (type !== undefined && !TYPES.includes(type as RegistrationType)) {
    throw new RegistrationError(400, `invalid type ${JSON.stringify(type)}: expected one of ${TYPES.join(', ')}`);
  }
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  const { items, more } = await page(PAGE_SIZE, after, type as RegistrationType | undefined);
  const shadowed = await shadows(items);
  return json(200, {
    items: readEach(items, (item) => toRegistration(item, shadowed.get(idOf(item)))),
    ...(more ? { nextCursor: encodeCursor(items.at(-1)!) } : {}),
  });
}

async function registrationResponse(
  statusCode: number,
  item: RegistrationItem,
  headers: Record<string, string> = {},
): Promise<APIGatewayProxyResult> {
  const shadowed = await shadows([item]);
  return json(statusCode, toRegistration(item, shadowed.get(idOf(item))), { etag: entityTag(item), ...headers });
}

function bodyOf(event: APIGatewayProxyEvent): unknown {
  try {
    return JSON.parse(bodyText(event));
  } catch (error) {
    throw new RegistrationError(400, 'the request body is not valid JSON', [
      { path: '', message: (error as Error).message },
    ]);
  }
}

/** The body of a PUT without the keys that the server sets: a client may send back the body of a GET response. */
function replacement(body: unknown, key: RegistrationKey): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const members = Object.entries(body as JsonObject).filter(([name]) => !READ_ONLY_KEYS.includes(name));
  const rest = Object.fromEntries(members);
  const details = (['type', 'name'] as const)
    .filter((name) => rest[name] !== undefined && rest[name] !== key[name])
    .map((name) => ({
      path: `/${name}`,
      message: `must remain ${JSON.stringify(key[name])}: to change it, create a new registration and delete this one`,
    }));
  if (details.length > 0)
    throw new RegistrationError(400, 'the type and name of a registration cannot change', details);
  return rest;
}

function validated(body: unknown) {
  const { definition, errors } = validateRegistration(body);
  if (errors) throw new RegistrationError(400, 'invalid registration', errors);
  return definition;
}

/** Writes an audit record of a request that changes registrations. */
function audited(
  event: APIGatewayProxyEvent,
  respond: () => Promise<APIGatewayProxyResult>,
): Promise<APIGatewayProxyResult> {
  const action = ACTIONS[event.httpMethod];
  if (!action) return respond();
  const change = { action, registration: event.pathParameters?.id, caller: principalOf(event)?.id };
  return auditChange({ ...change, ending }, respond);
}

function ending({ statusCode }: APIGatewayProxyResult) {
  if (statusCode < 400) return { outcome: 'ok' } as const;
  return statusCode < 500
    ? ({ outcome: 'refused', reason: 'request' } as const)
    : ({ outcome: 'error', reason: 'internal' } as const);
}

function toErrorResponse(error: unknown, event: APIGatewayProxyEvent): APIGatewayProxyResult {
  if (error instanceof RegistrationError) return errorResponse(error.statusCode, error.message, error.details);
  log.error('registration request failed', { error, requestId: event.requestContext.requestId });
  if (isUnavailable(error)) {
    return errorResponse(503, 'a service is not available: retry the same request to complete it', [], RETRY_AFTER);
  }
  return errorResponse(500, 'internal error: retry the same request to complete it');
}

/** A cursor contains the id of the last registration of a page, so that changes between two requests shift no entries. */
function encodeCursor(last: RegistrationKey): string {
  return Buffer.from(idOf(last)).toString('base64url');
}

function decodeCursor(cursor: string): RegistrationKey {
  const key = keyOf(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (!key || encodeCursor(key) !== cursor)
    throw new RegistrationError(400, 'invalid cursor: use the nextCursor of the previous page');
  return key;
}
