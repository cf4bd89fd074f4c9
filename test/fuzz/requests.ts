/** Generators of requests to each handler. */
import type { Random } from './random.js';
import { damaged, deep, json, key, object, schema, text, URIS } from './values.js';

export interface FuzzRequest {
  readonly method: string;
  readonly body: string | null;
  readonly headers: Record<string, string>;
  readonly query: Record<string, string> | null;
  readonly base64: boolean;
  /** The toolset in the path of `/mcp`. */
  readonly toolset?: string;
}

const META = 'io.modelcontextprotocol';
const REVISIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28', '2099-01-01', 'x', ''];
const METHODS = [
  'initialize',
  'ping',
  'tools/list',
  'tools/call',
  'tools/call',
  'tools/call',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
  'logging/setLevel',
  'server/discover',
  'subscriptions/listen',
  'tasks/get',
  'tasks/update',
  'tasks/cancel',
  'notifications/initialized',
  'notifications/cancelled',
  'constructor',
  '__proto__',
];

/** Names of the registrations that the fuzz calls. */
export const TOOLS = [
  'plain',
  'schema',
  'request',
  'http',
  'api',
  'sqs',
  'bedrock',
  'appsync',
  'template',
  'stream',
  'task',
  'output',
  // registered by other cases
  'n0',
  'n1',
  'n2',
  'n3',
];

const quoted = (value: string) => JSON.stringify(value);

/** A JSON-RPC message as text. `caseId` leads to the response of the function that it calls. */
export function message(r: Random, caseId: number, modern: boolean): string {
  if (r.chance(0.04)) return json(r);
  const method = r.chance(0.97) ? r.pick(METHODS) : text(r);
  const members = [r.chance(0.97) ? '"jsonrpc":"2.0"' : `"jsonrpc":${json(r, 4)}`];
  if (!method.startsWith('notifications/') || r.chance(0.05)) members.push(`"id":${id(r)}`);
  if (r.chance(0.03)) members.push(`"result":${object(r)}`);
  else members.push(`"method":${quoted(method)}`);
  if (r.chance(0.97)) members.push(`"params":${params(r, method, caseId, modern)}`);
  if (r.chance(0.03)) members.push(`${quoted(key(r))}:${json(r)}`);
  const result = `{${members.join()}}`;
  return r.chance(0.04) ? damaged(r, result) : result;
}

function id(r: Random): string {
  return r.chance(0.85)
    ? String(r.upTo(1_000))
    : r.pick([quoted(text(r)), '1.0', 'null', '9007199254740993', json(r, 4)]);
}

function params(r: Random, method: string, caseId: number, modern: boolean): string {
  const members: string[] = [];
  const add = (name: string, value: string) => members.push(`${quoted(name)}:${r.chance(0.03) ? json(r) : value}`);
  const uri = () => quoted(r.pick(URIS));
  switch (method) {
    case 'tools/call':
      add('name', quoted(r.chance(0.95) ? r.pick(TOOLS) : text(r)));
      if (r.chance(0.95)) add('arguments', r.chance(0.1) ? deep(r) : toolArguments(r));
      if (r.chance(0.1)) add('requestState', quoted(r.pick([`1.${'A'.repeat(80)}`, text(r), 'x.'.repeat(500)])));
      if (r.chance(0.1)) add('inputResponses', object(r));
      break;
    case 'prompts/get':
      add('name', quoted(r.chance(0.9) ? 'greet' : text(r)));
      add('arguments', `{${r.many(3, () => `${quoted(key(r))}:${quoted(text(r))}`).join()}}`);
      break;
    case 'completion/complete':
      add(
        'ref',
        r.pick([`{"type":"ref/prompt","name":"greet"}`, `{"type":"ref/resource","uri":"docs://{a}"}`, object(r)]),
      );
      add('argument', `{"name":${quoted(r.chance(0.5) ? 'name' : key(r))},"value":${quoted(text(r))}}`);
      break;
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      add('uri', uri());
      break;
    case 'subscriptions/listen':
      add(
        'notifications',
        r.pick([
          `{"toolsListChanged":true}`,
          `{"resourceSubscriptions":[${uri()}]}`,
          `{"taskIds":[${taskId(r)}]}`,
          object(r),
        ]),
      );
      break;
    case 'logging/setLevel':
      add('level', quoted(r.pick(['debug', 'info', key(r)])));
      break;
    case 'initialize':
      add('protocolVersion', quoted(r.pick(REVISIONS)));
      add('capabilities', r.pick(['{}', '{"elicitation":{}}', object(r)]));
      add('clientInfo', r.pick(['{"name":"fuzz","version":"1"}', object(r)]));
      break;
    case 'notifications/cancelled':
      add('requestId', id(r));
      break;
    default:
      if (method.startsWith('tasks/')) add('taskId', taskId(r));
      if (method.endsWith('/list') && r.chance(0.5)) add('cursor', quoted(cursor(r)));
      if (method === 'tasks/update') add('inputResponses', object(r));
  }
  if (r.chance(0.05)) members.push(`${quoted(key(r))}:${json(r)}`);
  members.push(`"_meta":${meta(r, caseId, modern)}`);
  return `{${members.join()}}`;
}

function toolArguments(r: Random): string {
  const members = r.many(4, () => `${quoted(r.pick(['x', 'id', 'lines', 'page', key(r)]))}:${json(r, 1)}`);
  if (r.chance(0.03)) members.push(`"slow":${quoted(`${'a'.repeat(48)}!`)}`);
  if (r.chance(0.1)) members.push(`"x":${quoted(r.pick(['a', 'aaa!', `http://${'a'.repeat(30)}`]))}`);
  if (r.chance(0.01)) members.push(`"lines":[${Array(200_000).fill('1').join()}]`);
  if (r.chance(0.01))
    members.push(`"x":{${quoted('k'.repeat(100_000))}:{${Array.from({ length: 200 }, (_, n) => `"k${n}":1`).join()}}}`);
  return `{${members.join()}}`;
}

function taskId(r: Random): string {
  return quoted(r.pick(['0'.repeat(32), 'x'.repeat(3_000), text(r), '__proto__', `${'a'.repeat(31)}`]));
}

function cursor(r: Random): string {
  const encoded = (value: string) => Buffer.from(value).toString('base64url');
  return r.pick([
    encoded(`{"after":${json(r, 3)}}`),
    encoded(`{"template":${json(r, 3)},"cursor":"x"}`),
    encoded('{"template":"resource-pages"}'),
    encoded(deep(r)),
    text(r),
    'x'.repeat(3_000),
  ]);
}

function meta(r: Random, caseId: number, modern: boolean): string {
  const members = [`"traceparent":"case-${caseId}"`];
  if (modern) {
    members.push(`"${META}/protocolVersion":"2026-07-28"`);
    const tasks = r.chance(0.5) ? `{"extensions":{"${META}/tasks":{}},"elicitation":{"form":{}}}` : '{}';
    members.push(`"${META}/clientCapabilities":${r.chance(0.95) ? tasks : object(r)}`);
    members.push(`"${META}/clientInfo":${r.chance(0.95) ? '{"name":"fuzz","version":"1"}' : json(r, 3)}`);
  }
  if (r.chance(0.2))
    members.push(`"progressToken":${r.pick(['1', quoted(text(r)), quoted('t'.repeat(2_000)), json(r, 4)])}`);
  if (r.chance(0.1)) members.push(`${quoted(key(r))}:${json(r, 2)}`);
  return `{${members.join()}}`;
}

/** A request to `/mcp`. */
export function mcpRequest(r: Random, caseId: number, sessionId: string): FuzzRequest {
  const modern = r.chance(0.5);
  const method = r.chance(0.93) ? 'POST' : r.pick(['GET', 'DELETE', 'PUT', 'OPTIONS']);
  const body = r.chance(0.93)
    ? message(r, caseId, modern)
    : r.chance(0.5)
      ? `[${r.many(4, () => message(r, caseId, modern)).join()}]`
      : damaged(r, text(r));
  const headers: Record<string, string> = {
    Accept: 'application/json, text/event-stream',
    'Content-Type': 'application/json',
  };
  headers['MCP-Protocol-Version'] = r.chance(0.85) ? (modern ? '2026-07-28' : '2025-11-25') : r.pick(REVISIONS);
  if (modern && r.chance(0.9)) {
    const { method: called, params: parameters } = safeParse(body);
    headers['Mcp-Method'] = String(called);
    const name = Object(parameters).name ?? Object(parameters).uri;
    if (typeof name === 'string') headers['Mcp-Name'] = name;
  }
  if (!modern && r.chance(0.6))
    headers['Mcp-Session-Id'] = r.pick([sessionId, sessionId, sessionId, '0'.repeat(32), text(r), 'x'.repeat(3_000)]);
  if (method === 'GET' && r.chance(0.7)) {
    const position = `{"updates":${r.pick(['"1234567890123"', json(r, 3)])},"tools":${json(r, 3)},"prompts":${json(r, 3)}}`;
    headers['Last-Event-ID'] = Buffer.from(position).toString('base64url');
  }
  addRandomHeaders(r, headers);
  const toolset = r.chance(0.15) ? { toolset: r.pick(['some', 'none', '__proto__', text(r)]) } : {};
  return { method, body: r.chance(0.02) ? null : body, headers, query: null, base64: r.chance(0.1), ...toolset };
}

function safeParse(body: string): { method?: unknown; params?: unknown } {
  try {
    return Object(JSON.parse(body));
  } catch {
    return {};
  }
}

function addRandomHeaders(r: Random, headers: Record<string, string>): void {
  const names = [
    'Accept',
    'Content-Type',
    'Origin',
    'Last-Event-ID',
    'Mcp-Param-Region',
    'Mcp-Name',
    'Mcp-Method',
    'If-Match',
    'Host',
  ];
  while (r.chance(0.15)) {
    const name = r.chance(0.8) ? r.pick(names) : key(r) || 'x';
    headers[name] = r.oneOf(
      () => text(r),
      () => Buffer.from(`{"updates":"1234567890123","tools":${json(r, 3)}}`).toString('base64url'),
      () => `=?base64?${Buffer.from(text(r)).toString('base64')}?=`,
      () => r.pick(['*/*', 'text/html', ';q=', 'null', 'http://localhost']),
    );
  }
}

/** A request to `/message`. */
export function messageRequest(r: Random, caseId: number, sessionId: string): FuzzRequest {
  const body = r.chance(0.8) ? message(r, caseId, false) : `[${r.many(4, () => message(r, caseId, false)).join()}]`;
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  addRandomHeaders(r, headers);
  const query = r.chance(0.9) ? { sessionId: r.chance(0.8) ? sessionId : text(r) } : null;
  return { method: r.chance(0.97) ? 'POST' : 'GET', body, headers, query, base64: r.chance(0.1) };
}

/** The body of a registration as text. */
export function registration(r: Random, lambdaArn: string | undefined): string {
  const type = r.chance(0.95) ? r.pick(['tool', 'tool', 'tool', 'resource', 'prompt']) : text(r);
  const members = [`"type":${quoted(type)}`, `"name":${quoted(r.chance(0.9) ? `n${r.upTo(5)}` : text(r))}`];
  const add = (name: string, value: string) => members.push(`${quoted(name)}:${r.chance(0.03) ? json(r) : value}`);
  if (lambdaArn !== undefined) add('lambdaArn', quoted(lambdaArn));
  if (r.chance(0.2)) add('description', quoted(text(r)));
  if (type === 'tool' && r.chance(0.8)) add('inputSchema', schema(r));
  if (type === 'tool' && r.chance(0.4)) add('outputSchema', schema(r));
  if (type === 'tool' && r.chance(0.2)) add('parameters', object(r));
  if (type === 'resource')
    add(
      r.pick(['uri', 'uriTemplate']),
      quoted(r.pick([...URIS, 'page://{a}-{b}-{c}', 'docs://{+x}', '{', 'x://{a,b}'])),
    );
  if (type === 'resource' && r.chance(0.3))
    add('mimeType', quoted(r.pick(['text/plain', `a/b${';a=b '.repeat(40)}\n`, text(r)])));
  if (type === 'prompt') add('arguments', r.pick([`[{"name":"constructor","required":true}]`, json(r)]));
  if (type !== 'tool' && r.chance(0.2)) add('completions', r.pick([`{"name":["a"]}`, object(r)]));
  if (r.chance(0.2)) add('toolsets', r.pick(['["some"]', `[${quoted(text(r))}]`, json(r)]));
  if (r.chance(0.2)) add('icons', `[{"src":${quoted(r.pick(URIS))}}]`);
  if (r.chance(0.15)) add('event', r.pick([event(r), json(r)]));
  if (r.chance(0.1)) add(key(r), json(r));
  const body = `{${members.join()}}`;
  return r.chance(0.05) ? damaged(r, body) : body;
}

function event(r: Random): string {
  const type = r.pick([
    'arguments',
    'request',
    'apiGateway',
    'httpApi',
    'appSync',
    'bedrockAgent',
    'sqs',
    'template',
    'constructor',
  ]);
  return `{"type":${quoted(type)},"method":"GET","path":${quoted(r.pick(['/a', '/{x}', '/{x+}', '/../a']))},"template":${json(r, 2)},"query":${json(r, 2)}}`;
}

/** A response of a function as text, which may not be JSON. */
export function functionResponse(r: Random): string {
  const meta = `{"${META}/serverInfo":{"name":"evil"},"example.com/a":${json(r, 3)}}`;
  const item = () =>
    r.pick([
      `{"type":"text","text":${quoted(text(r))}}`,
      `{"type":"resource_link","uri":${quoted(r.pick(URIS))},"name":${quoted(text(r))},"icons":[{"src":"javascript:x"}]}`,
      `{"type":"resource","resource":{"uri":${quoted(r.pick(URIS))},"text":"x"}}`,
      object(r),
    ]);
  return r.oneOf(
    () => json(r),
    () => deep(r),
    () => `{"content":[${r.many(3, item).join()}],"_meta":${meta},"structuredContent":${json(r, 2)}}`,
    () => `{"contents":[{"uri":${quoted(r.pick(URIS))},"text":"x"}],"_meta":${meta}}`,
    () => `{"messages":[{"role":"user","content":${item()}}],"_meta":${meta}}`,
    () => `{"resources":[{"uri":${quoted(r.pick(URIS))},"name":"x"}],"nextCursor":${json(r, 4)}}`,
    () => `{"values":${json(r, 3)},"total":${json(r, 4)}}`,
    () =>
      `{"statusCode":${r.pick(['200', '404', '"302"', '500', '99'])},"headers":${object(r)},"body":${quoted(json(r))},"isBase64Encoded":${r.chance(0.5)}}`,
    () =>
      `{"resultType":"input_required","inputRequests":{${quoted(key(r))}:{"method":${quoted(r.pick(['elicitation/create', 'constructor', 'roots/list']))},"params":${r.pick([object(r), `{"mode":"url","url":"javascript:x","message":"m"}`, `{"mode":"form","message":"m","requestedSchema":${schema(r)}}`])}}}}`,
    () => `{"resultType":"task","pollIntervalMs":1,"requestState":${json(r, 3)}}`,
    () =>
      `{"jsonrpc":"2.0","error":{"code":${r.pick(['-32000', '1.5', '1e400'])},"message":${quoted(text(r))},"data":${json(r, 2)}}}`,
    () => `{"batchItemFailures":${json(r, 2)}}`,
    () => damaged(r, object(r)),
  );
}

/** Lines of a response stream. */
export function streamedLines(r: Random): string {
  const line = () =>
    r.oneOf(
      () => `{"progress":{"progress":${r.pick(['1', '"x"', '1e400'])},"message":${quoted(text(r))}}}`,
      () => `{"log":{"level":${quoted(r.pick(['info', 'constructor']))},"data":${json(r, 2)}}}`,
      () => `{"content":[{"type":"text","text":${quoted(text(r))}}]}`,
      () => `{"result":${functionResponse(r)}}`,
      () => `{"error":${json(r, 1)}}`,
      () => `{${quoted(key(r))}:${json(r)}}`,
      () => damaged(r, object(r)),
      () => functionResponse(r),
    );
  return r.many(6, line).join(r.pick(['\n', '\r\n', '\n\n', '']));
}
