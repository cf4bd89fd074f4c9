/** Cold starts of the HTTP function beside those of the MCP SDK alone in one function, and of the other functions beside an empty one. */
import { coldStarts, otherFunctions } from '../cold-start';
import { measureStarts, type Step } from '../memory-size';
import { median } from '../report';
import type { Effort, Ratio } from './ratio';

const PEER = 'SDK alone in a function';
const REVISION = '2026-07-28';
const RUNS = { short: 11, long: 51 } as const;

/** Processor time and resident memory of new processes. */
export async function coldStart(effort: Effort): Promise<Ratio[]> {
  const { ratios } = await coldStarts(RUNS[effort], REVISION);
  const http = (['list', 'call'] as const).flatMap((moment): Ratio[] => [
    { name: `processor time until the first tools/${moment} is answered`, peer: PEER, median: ratios[moment].cpu },
    { name: `resident memory after the first tools/${moment}`, peer: PEER, median: ratios[moment].rss },
  ]);
  const others = Object.entries(await otherFunctions(RUNS[effort])).map(([name, { own, empty }]) => {
    return {
      name: `processor time until ${name} is ready`,
      peer: 'an empty function',
      median: own.cpuMs / empty.cpuMs,
    };
  });
  return [...http, ...others];
}

/** Memory size of the starts with a share of a processor: the default of the server. */
const MEMORY = 512;
const STEPS: ReadonlyArray<readonly [Step, string]> = [
  ['init', 'init with a whole processor'],
  ['firstList', `first request, tools/list, ${MEMORY} MiB`],
  ['firstCall', `first tools/call, ${MEMORY} MiB`],
];

/** Requests to new processes with the share of a processor that Lambda gives. Needs Linux and root. */
export async function quota(effort: Effort): Promise<Ratio[]> {
  const [http, sdk] = await measureStarts(RUNS[effort], [MEMORY]);
  return STEPS.map(([step, name]): Ratio => {
    const of = (starts: typeof http) => median(starts!.starts.map((start) => start[step]));
    return { name, peer: PEER, median: of(http) / of(sdk) };
  });
}
