import { defineConfig } from 'vitest/config';

/** Most tests wait (for queues, leases, processes) more than they compute: more workers than CI has cores. */
const common = { testTimeout: 90_000, hookTimeout: 120_000, maxWorkers: 3, expect: { poll: { timeout: 30_000 } } };
/** Tests of the constructs run twice: on the lowest supported aws-cdk-lib and on the newest. */
const synth = { ...common, pool: 'threads' as const, isolate: false, include: ['test/src/**/*.test.ts'] };
const env = {
  // aws-cdk-lib >= 2.262 hands every template to a WASM engine, 3 s for the first one of a process;
  // test/template.test.ts does that once, on purpose.
  CDK_VALIDATION: 'false',
  JSII_DEPRECATED: 'quiet',
};
const CONFORMANCE = 'test/e2e/conformance.test.ts';
const SOAK = 'test/e2e/soak.test.ts';
/** Tests of time limits, and of work that needs a whole processor. */
const TIME_LIMITS = ['test/lambda/fuzz.test.ts', 'test/lambda/faults/silent-services.test.ts'];
// most tests of the functions are about something other than the caller
const functions = { ...env, MCP_AUTHORIZATION: 'NONE' };
const endToEnd = { ...common, env, testTimeout: 300_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    coverage: { provider: 'v8', include: ['src/**', 'lambda/**', 'local/**'] },
    projects: [
      { test: { ...synth, name: 'floor', env: { ...env, CDK_PROJECT: 'floor' } } },
      {
        resolve: { alias: [{ find: /^aws-cdk-lib(?=\/|$)/, replacement: 'aws-cdk-lib-latest' }] },
        test: { ...synth, name: 'latest', exclude: ['test/src/nag.test.ts'], env: { ...env, CDK_PROJECT: 'latest' } },
      },
      {
        test: {
          ...common,
          name: 'lambda',
          include: ['test/lambda/**/*.test.ts', 'test/bench/**/*.test.ts', 'test/*.test.ts'],
          exclude: TIME_LIMITS,
          env: functions,
        },
      },
      { test: { ...common, name: 'docs', include: ['test/docs/**/*.test.ts'], env } },
      { test: { ...common, name: 'local', include: ['test/local/**/*.test.ts'], env } },
      { test: { ...endToEnd, name: 'e2e', include: ['test/e2e/**/*.test.ts'], exclude: [CONFORMANCE, SOAK] } },
      // alone, after all others: the suite gives a notification 1.5 s, which a busy machine may miss
      { test: { ...endToEnd, name: 'conformance', include: [CONFORMANCE], sequence: { groupOrder: 1 } } },
      { test: { ...endToEnd, name: 'soak', include: [SOAK], sequence: { groupOrder: 2 } } },
      {
        test: { ...common, name: 'time-limits', include: TIME_LIMITS, env: functions, sequence: { groupOrder: 3 } },
      },
    ],
  },
});
