/** The tests of `/mcp`, once more with the events of a function URL. */
import { afterAll } from 'vitest';
import { HOST_ENV } from '../../support/streaming-host.js';

process.env[HOST_ENV] = 'function-url';
afterAll(() => {
  delete process.env[HOST_ENV];
});

await import('./http.test.js');
