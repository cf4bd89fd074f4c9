/** Runs a range of cases in a process that `fuzz.ts` watches: `worker.mts <seed> <first> <last> <skipped cases>`. */
import { log } from '../../lambda/shared/log.js';
import { type FuzzResponse, Targets } from './targets.js';

const [seed = 0, first = 0, last = 0] = process.argv.slice(2, 5).map(Number);
const skipped = new Set((process.argv[5] ?? '').split(',').filter(Boolean).map(Number));
/** Cases that run at the same time: most of them wait. */
const LANES = 6;
const CASE_MS = 10_000;

/** Log messages of errors that no input may cause. */
const INTERNAL =
  /^(request failed|handling a|registration request failed|custom resource request failed|task failed|the session failed|closing|skipping an unreadable)/;
/** What a response never contains: stack traces, paths and errors of the implementation. */
const LEAK =
  /\n\s+at \S+ ?\(|node_modules|lambda\/\w+\/[\w-]+\.ts|\b(?:Range|Type|Reference)Error\b|Maximum call stack|Cannot (?:read|convert|set|destructure)|ValidationException|is not (?:a function|iterable)/;

const send = (message: object) => process.send?.(message);
const internalErrors: string[] = [];
Object.getPrototypeOf(log).error = (message: string, ...extra: unknown[]) => {
  if (INTERNAL.test(message)) internalErrors.push(`${message}: ${describe(extra[0])}`);
};
for (const level of ['info', 'warn', 'debug']) Object.getPrototypeOf(log)[level] = () => undefined;

function describe(extra: unknown): string {
  const error = (extra as { error?: unknown } | undefined)?.error ?? extra;
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)?.slice(0, 500);
}

function problemOf({ status, headers, body }: FuzzResponse): string | undefined {
  if (!(status >= 200 && status < 500)) return `status ${status}: ${body.slice(0, 300)}`;
  const text = `${JSON.stringify(headers)}\n${body}`;
  const leak = LEAK.exec(text);
  if (leak) return `leak: ${text.slice(Math.max(0, leak.index - 200), leak.index + 300)}`;
  const internal = /"message":"internal (?:server )?error/i.exec(text);
  return internal
    ? `internal error: ${text.slice(Math.max(0, internal.index - 100), internal.index + 200)}`
    : undefined;
}

const fail = (caseId: number, problem: string, input?: unknown) =>
  send({
    type: 'failure',
    caseId,
    target: Targets.targetOf(caseId),
    problem,
    input: JSON.stringify(input)?.slice(0, 3_000),
  });

async function runCase(targets: Targets, caseId: number): Promise<void> {
  let input: unknown;
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${CASE_MS} ms`)), CASE_MS);
  });
  try {
    const running = targets.run(caseId, (recorded) => {
      input = recorded;
    });
    const response = await Promise.race([running, tooLong]);
    if (process.env.FUZZ_DEBUG)
      process.stderr.write(
        `${caseId} ${Targets.targetOf(caseId)} ${response.status} ${response.body.slice(0, 150).replaceAll('\n', '|')}\n`,
      );
    const problem = problemOf(response);
    if (problem) fail(caseId, problem, input);
  } catch (error) {
    fail(caseId, (error as Error).stack ?? String(error), input);
  } finally {
    clearTimeout(timer);
  }
  for (const error of internalErrors.splice(0)) fail(caseId, `(this case or one beside it) ${error}`, input);
}

process.on('unhandledRejection', (error) => fail(-1, `unhandled rejection: ${(error as Error)?.stack}`));
process.on('uncaughtException', (error) => fail(-1, `uncaught exception: ${error.stack}`));

const targets = await Targets.start(seed, (error) => fail(-1, `a task run failed: ${(error as Error).stack}`));
const beat = setInterval(() => send({ type: 'beat' }), 500);
let next = first;
await Promise.all(
  Array.from({ length: LANES }, async () => {
    while (next <= last) {
      const caseId = next++;
      if (skipped.has(caseId)) continue;
      send({ type: 'start', caseId });
      await runCase(targets, caseId);
      send({ type: 'end', caseId });
    }
  }),
);
clearInterval(beat);
send({ type: 'done' });
process.disconnect?.();
process.exit(0);
