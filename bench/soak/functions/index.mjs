// Handlers of the soak test. JOURNAL names the file in which they record each run.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const note = (line) => appendFileSync(process.env.JOURNAL, `${line}\n`);

export const record = async ({ n }) => {
  note(`record ${n}`);
  return `recorded ${n}`;
};

export const work = async ({ n }) => {
  note(`work ${n}`);
  await sleep(500);
  return `worked on ${n}`;
};
