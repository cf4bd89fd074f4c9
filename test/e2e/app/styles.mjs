// Handlers as existing functions have them: each returns what one style of AWS application returns.
import { brotliCompressSync, gzipSync } from 'node:zlib';

const page = '<!doctype html><p>Größe</p>';

/** A microservice blueprint: the status is a string. */
export const blueprint = async ({ table }) =>
  table
    ? { statusCode: '200', body: JSON.stringify({ table }), headers: { 'Content-Type': 'application/json' } }
    : { statusCode: '400', body: 'Unsupported table', headers: { 'Content-Type': 'application/json' } };

/** A target of a load balancer. */
export const loadBalancer = async () => ({
  statusCode: 200,
  statusDescription: '200 OK',
  isBase64Encoded: false,
  headers: { 'Content-Type': 'text/html; charset=utf-8' },
  body: page,
});

/** A handler of an HTTP API, payload format 2.0. */
export const httpApi = async () => ({ statusCode: 201, cookies: ['id=7; Secure'], body: '{"id":7}' });

export const redirect = async () => ({ statusCode: 302, headers: { Location: 'https://x.example/report.pdf' } });

const compressed = (bytes, coding) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json', 'content-encoding': coding },
  body: bytes.toString('base64'),
  isBase64Encoded: true,
});
export const gzip = async () => compressed(gzipSync('{"rows":[1,2]}'), 'gzip');
export const brotli = async () => compressed(brotliCompressSync('{"rows":[1,2]}'), 'br');
export const bomb = async () => compressed(gzipSync(Buffer.alloc(300_000_000)), 'gzip');

/** A consumer of a queue, with partial batch responses. */
export const consumer = async ({ failed = [] }) => ({
  batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })),
});

/** A web framework behind a function URL with response streaming. */
export const web = awslambda.streamifyResponse(async ({ status = 200 }, stream) => {
  const headers = { 'content-type': status === 200 ? 'application/json' : 'text/plain' };
  const body = awslambda.HttpResponseStream.from(stream, { statusCode: status, headers });
  body.write(status === 200 ? '{\n  "streamed":' : 'no such ');
  body.end(status === 200 ? ' true\n}' : 'page');
});

export const nothing = async () => {};

export const json = async ({ n }) => JSON.stringify({ n });

/** An error result with structured content that is not the tool's output. */
export const problem = async () => ({
  content: [{ type: 'text', text: 'sold out' }],
  structuredContent: { code: 'SOLD_OUT' },
  isError: true,
});

/** Returns data that resembles MCP. */
const DATA = {
  vector: { resultType: 'vector', result: [{ metric: { job: 'api' }, value: [1_700_000_000, '1'] }] },
  complete: { resultType: 'complete', result: [1] },
  page: { content: [], totalElements: 0, first: true },
  articles: { content: [{ type: 'article', title: 'A' }], total: 1 },
  graphql: { data: null, errors: [{ message: 'no such field' }] },
  messages: { messages: [{ id: 1, role: 'user', content: 'hi' }] },
  contents: { contents: [{ sku: 'LAMP-7' }] },
};
export const lookalike = async ({ name, variables }) => DATA[name ?? variables.name];
