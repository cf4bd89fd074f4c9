import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { apply } from '../../../local/commands/registrations.js';
import { planChanges } from '../../../local/deployed/plan.js';
import type { Registration } from '../../../src/private/registration.js';

const stored = (name: string, more: Partial<Registration> = {}): Registration => ({
  id: `tool-${name}`,
  type: 'tool',
  name,
  lambdaArn: 'arn:aws:lambda:us-east-1:123456789012:function:f',
  inputSchema: { type: 'object', properties: { a: { type: 'string' } } },
  owner: 'api',
  createdAt: '2026-11-26T12:00:00.000Z',
  updatedAt: '2026-11-26T12:00:00.000Z',
  revision: 1,
  ...more,
});
const desired = ({ id, type, name, lambdaArn, inputSchema }: Registration, more: object = {}) => ({
  id,
  definition: { type, name, lambdaArn, inputSchema, ...more },
});

it('compares members in any order, and names those that differ', () => {
  const current = stored('a');
  const reordered = { properties: { a: { type: 'string' } }, type: 'object' };
  expect(planChanges([desired(current, { inputSchema: reordered })], [current], { prune: false }).unchanged).toEqual([
    'tool-a',
  ]);
  const inputSchema = { type: 'object', properties: { a: { type: 'integer' }, b: {} } };
  const [change] = planChanges([desired(current, { inputSchema, title: 'A' })], [current], { prune: false }).changes;
  expect(change).toMatchObject({
    action: 'change',
    members: [
      { path: 'inputSchema.properties.a.type', before: 'string', after: 'integer' },
      { path: 'inputSchema.properties.b', before: undefined, after: {} },
      { path: 'title', before: undefined, after: 'A' },
    ],
  });
});

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  process.exitCode = 0;
});

it('apply fails if a registration has changed since the plan', async () => {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers['if-match'] ?? ''}`.trim());
    const isList = request.url === '/prod/register';
    const body = isList ? { items: [stored('a')] } : stored('a', { revision: 2 });
    response.writeHead(200, { 'content-type': 'application/json', etag: '"2-x"' }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  stop = () => server.close();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod`;
  const { writeFileSync, mkdtempSync } = await import('node:fs');
  const file = `${mkdtempSync(`${process.env.TMPDIR}/plan-`)}/a.json`;
  writeFileSync(file, JSON.stringify(desired(stored('a'), { title: 'A' }).definition));
  await apply(file, { url, yes: true, json: true, token: 'x' });
  expect(process.exitCode).toBe(1);
  expect(requests).toEqual(['GET /prod/register', 'GET /prod/register/tool-a']);
});
