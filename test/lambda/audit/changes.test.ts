import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { AuditRecord } from '../../../src/private/audit.js';
import { CloudFormation, properties, STACK } from '../registration/cloudformation.js';
import { arnOf, RegistrationFixture, TOOL } from '../registration/support.js';
import { collectRecords } from './records.js';

let fixture: RegistrationFixture;
let cfn: CloudFormation;
let records: AuditRecord[];
beforeAll(async () => {
  fixture = await RegistrationFixture.start();
  cfn = await new CloudFormation().start();
});
beforeEach(async () => {
  await fixture.reset();
  records = collectRecords();
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  cfn.stop();
  await fixture.stop();
});

test('each request that changes a registration leaves a record with the difference', async () => {
  await fixture.call('POST', '/register', { body: { ...TOOL, description: 'finds' } });
  await fixture.call('PUT', '/register/tool-lookup', { body: { ...TOOL, description: 'looks up' } });
  await fixture.call('GET', '/register/tool-lookup');
  await fixture.call('GET', '/register');
  await fixture.call('DELETE', '/register/tool-lookup');
  const registration = { kind: 'registration', name: 'lookup', registration: 'tool-lookup', outcome: 'ok' };
  expect(records).toMatchObject([
    { ...registration, action: 'create' },
    {
      ...registration,
      action: 'replace',
      changes: [{ path: '/description', before: '"finds"', after: '"looks up"' }],
    },
    { ...registration, action: 'remove' },
  ]);
  expect(records[0]!.changes).toContainEqual({ path: '/lambdaArn', after: `"${arnOf('one')}"` });
  expect(records[2]!.changes).toContainEqual({ path: '/description', before: '"looks up"' });
});

test('a refused request leaves a record without a difference', async () => {
  await fixture.call('POST', '/register', { body: { type: 'tool' } });
  await fixture.call('DELETE', '/register/tool-lookup');
  expect(records).toMatchObject([
    { action: 'create', outcome: 'refused', reason: 'request' },
    { action: 'remove', registration: 'tool-lookup', outcome: 'refused', reason: 'request' },
  ]);
  for (const record of records) expect(record).not.toHaveProperty('changes');
});

test('a declared registration has its stack as the caller', async () => {
  const next = properties({ title: 'New' });
  const PhysicalResourceId = (await cfn.send({ RequestType: 'Create', ResourceProperties: properties() }))
    .PhysicalResourceId;
  await cfn.send({
    RequestType: 'Update',
    PhysicalResourceId,
    OldResourceProperties: properties(),
    ResourceProperties: next,
  });
  await cfn.send({ RequestType: 'Delete', PhysicalResourceId, ResourceProperties: next });
  await cfn.send({ RequestType: 'Create', ResourceProperties: properties({ name: 'not a name' }) });
  const declared = { caller: STACK, registration: 'tool-lookup', outcome: 'ok' };
  expect(records).toMatchObject([
    { ...declared, action: 'create' },
    { ...declared, action: 'replace', changes: [{ path: '/title', after: '"New"' }] },
    { ...declared, action: 'remove' },
    { caller: STACK, action: 'create', outcome: 'error', reason: 'request' },
  ]);
});
