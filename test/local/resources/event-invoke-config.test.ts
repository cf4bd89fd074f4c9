import { expect, it, vi } from 'vitest';
import { eventInvokeConfig } from '../../../local/resources/lambda.js';

it('sets the retries of a function, and removes them', async () => {
  const set = vi.fn();
  const lambda = { get: (name: string) => (name === 'mine' ? {} : undefined), setRetryAttempts: set };
  const context = (FunctionName: string, MaximumRetryAttempts?: number | string) =>
    ({ logicalId: 'Config', properties: { FunctionName, MaximumRetryAttempts }, services: { lambda } }) as never;
  const created = await eventInvokeConfig.create(context('mine', '2'));
  await eventInvokeConfig.update(context('mine'), {} as never);
  await eventInvokeConfig.create(context('of another app', 2));
  await eventInvokeConfig.delete(context('mine', 2), created);
  expect(set.mock.calls).toEqual([
    ['mine', 2],
    ['mine', undefined],
    ['mine', undefined],
  ]);
});
