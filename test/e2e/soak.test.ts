import { expect, test } from 'vitest';
import { soak } from '../../bench/soak/soak.mjs';

/** The short form of `npm run soak`: bench/soak/main.mts has the long one. */
test('loses nothing under faults', { timeout: 300_000 }, async () => {
  const { tally, ranTwice, remains, faults } = await soak({
    sessions: 30,
    seconds: 30,
    share: 0.02,
    seed: 13,
    isolation: 'shared',
    pauseMs: 2_000,
    pingSeconds: 4,
  });
  expect({ lost: tally.lost, twice: tally.twice, ranTwice, open: tally.open }).toEqual({
    lost: [],
    twice: [],
    ranTwice: [],
    open: 0,
  });
  expect(remains).toEqual({ queues: 0, records: 0, statements: 0 });
  expect(tally.answered).toBeGreaterThan(100);
  expect(faults.size).toBeGreaterThan(8); // each kind happened
});
