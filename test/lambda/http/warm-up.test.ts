import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { warmUp } from '../../../lambda/http/warm-up.js';

test('makes no AWS calls', async () => {
  let calls = 0;
  const server = createServer((_, response) => {
    calls += 1;
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await warmUp();
  delete process.env.AWS_ENDPOINT_URL;
  server.close();
  expect(calls).toBe(0);
});
