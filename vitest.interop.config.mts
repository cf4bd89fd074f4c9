import { defineConfig } from 'vitest/config';

/** What needs Python, a JDK, Maven and Go beside Node.js: packages, examples, clients and functions of other languages. */
export default defineConfig({
  test: {
    name: 'interop',
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/interop/support/global-setup.ts'],
    env: { CDK_VALIDATION: 'false', JSII_DEPRECATED: 'quiet' },
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
  },
});
