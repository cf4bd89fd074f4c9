/**
 * Measures what the memory size of the HTTP function changes: the processor share that Lambda gives with it. Each start is a new process
 * with AWS's runtime client in a Linux control group. Its init phase has a whole processor, as on Lambda; its requests have the share of
 * the memory size, in periods of 20 ms. The peer is the MCP SDK alone in one function.
 *
 *     npx tsx bench/memory-size.ts [starts]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PRICE_LIST } from '../local/deployed/cost/model';
import { bundled, request, SERVER_ENV, startAws } from './cold-start';
import { CpuQuota, cpuShare } from './cold-start/cpu-quota';
import { LambdaProcess } from './cold-start/lambda-process';
import { payloads, payloadText } from './exact-json';
import { isMain, median, percentile, table } from './report';
import { tool } from './sdk-handler';

export const MEMORY_SIZES = [256, 512, 1_024] as const;
const REVISION = '2026-07-28';
/** Milliseconds of a handler, for the price of a call. */
const HANDLER_MS = 200;
/** Size of the largest results, just below Lambda's limit for a response. */
const LARGE_BYTES = 6_000_000;
/** The largest results: of usual numbers, and the most expensive of all, numbers that JavaScript would alter. */
const LARGE_RESULTS = ['ordinary numbers', 'only decimals with trailing zeros'] as const;

/** What one start took, in milliseconds. */
interface Start {
  /** From the start of the process until it asks for its first event. */
  readonly init: number;
  readonly firstList: number;
  readonly secondList: number;
  readonly firstCall: number;
  readonly secondCall: number;
}

export type Step = keyof Start;
type StartFunction = () => Promise<LambdaProcess>;

/** The starts of a function with a memory size. */
export interface Starts {
  readonly memory: number;
  readonly name: 'http' | 'sdk';
  readonly starts: readonly Start[];
}

/** Starts both functions with each memory size, alternating. */
export async function measureStarts(starts: number, sizes: readonly number[] = MEMORY_SIZES): Promise<Starts[]> {
  return withFunctions(async (functions, quota) => {
    const results: Array<{ memory: number; name: 'http' | 'sdk'; starts: Start[] }> = sizes.flatMap((memory) => [
      { memory, name: 'http', starts: [] },
      { memory, name: 'sdk', starts: [] },
    ]);
    for (let n = 0; n < starts; n++) {
      for (const result of results) result.starts.push(await measure(functions[result.name], quota, result.memory));
    }
    return results;
  });
}

async function measure(start: StartFunction, quota: CpuQuota, memory: number): Promise<Start> {
  quota.limit(undefined);
  const begin = performance.now();
  const process = await start();
  quota.add(process.pid);
  await process.ready;
  const init = performance.now() - begin;
  quota.limit(cpuShare(memory));
  const list = () => timed(process, 'tools/list');
  const call = () => timed(process, 'tools/call', { name: tool(0).name, arguments: { message: 'hello' } });
  const result = {
    init,
    firstList: await list(),
    secondList: await list(),
    firstCall: await call(),
    secondCall: await call(),
  };
  await process.stop();
  return result;
}

async function timed(process: LambdaProcess, method: string, params: Record<string, unknown> = {}): Promise<number> {
  const event = request(REVISION, method, params);
  const start = performance.now();
  const { statusCode, body } = await process.invoke(event);
  const milliseconds = performance.now() - start;
  if (statusCode !== 200 || !body.includes('"result"')) throw new Error(`${statusCode} ${body.slice(0, 300)}`);
  return milliseconds;
}

/** Returns the most resident memory of the HTTP function in MiB, after a small call and after one with each of the largest results. */
export async function peakMemory(): Promise<Array<{ readonly result: string; readonly mib: number }>> {
  const peaks = [];
  for (const result of ['small', ...LARGE_RESULTS]) {
    const item = payloads.find(({ numbers }) => numbers === result)?.item;
    const text = item ? payloadText(item, LARGE_BYTES) : '"hello"';
    const handler = createServer((_, response) => response.setHeader('content-type', 'application/json').end(text));
    await new Promise<void>((listening) => handler.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(handler.address() as AddressInfo).port}`;
    const mib = await withFunctions(
      async ({ http }) => {
        const process = await http();
        await process.ready;
        await timed(process, 'tools/call', { name: tool(0).name, arguments: { message: 'hello' } });
        const status = readFileSync(`/proc/${process.pid}/status`, 'utf8');
        await process.stop();
        return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) / 1024;
      },
      { AWS_ENDPOINT_URL_LAMBDA: url },
    );
    handler.closeAllConnections();
    handler.close();
    peaks.push({ result, mib });
  }
  return peaks;
}

async function withFunctions<T>(
  work: (functions: Record<'http' | 'sdk', StartFunction>, quota: CpuQuota) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'memory-size-'));
  const quota = new CpuQuota();
  const aws = await startAws();
  try {
    const http = () => LambdaProcess.start('assets/lambda/http', { ...SERVER_ENV, ...aws.env, ...env });
    const sdk = await bundled(directory, 'sdk', 'bench/cold-start/sdk-function.ts');
    return await work({ http, sdk }, quota);
  } finally {
    await aws.stop();
    quota.remove();
    rmSync(directory, { recursive: true });
  }
}

/** USD of a million invocations that run so long. */
function perMillion(milliseconds: number, memory: number): number {
  const { lambdaGbSecond, lambdaRequest } = PRICE_LIST.prices;
  return 1e6 * (lambdaRequest.price + (milliseconds / 1000) * (memory / 1024) * lambdaGbSecond.price);
}

async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 50);
  const results = await measureStarts(count);
  const steps: ReadonlyArray<readonly [Step, string]> = [
    ['init', 'init, whole processor'],
    ['firstList', 'first request, `tools/list`'],
    ['secondList', 'second request, `tools/list`'],
    ['firstCall', 'first `tools/call`'],
    ['secondCall', 'second `tools/call`'],
  ];
  const of = (memory: number, name: Starts['name'], step: Step) =>
    results.find((each) => each.memory === memory && each.name === name)!.starts.map((start) => start[step]);
  const numbers = (values: readonly number[]) =>
    [0.5, 0.9, 0.99].map((share) => percentile(values, share).toFixed(0)).join(' / ');
  console.log(`Milliseconds of ${count} starts: median / p90 / p99\n`);
  table(
    ['memory MiB', 'vCPU', 'step', 'HTTP function', 'SDK alone', 'ratio of medians'],
    MEMORY_SIZES.flatMap((memory) =>
      steps.map(([step, title]) => {
        const [http, sdk] = [of(memory, 'http', step), of(memory, 'sdk', step)];
        const ratio = (median(http) / median(sdk)).toFixed(2);
        return [memory, cpuShare(memory).toFixed(3), title, numbers(http), numbers(sdk), ratio];
      }),
    ),
  );
  console.log(`\nUSD at list price, a handler of ${HANDLER_MS} ms\n`);
  table(
    ['memory MiB', 'a million cold starts with a list', 'a million warm calls', 'init and first list, ms (median)'],
    MEMORY_SIZES.map((memory) => {
      const start = median(of(memory, 'http', 'init')) + median(of(memory, 'http', 'firstList'));
      const call = HANDLER_MS + median(of(memory, 'http', 'secondCall'));
      return [memory, perMillion(start, memory).toFixed(2), perMillion(call, memory).toFixed(2), start.toFixed(0)];
    }),
  );
  console.log();
  table(
    ['result of a call', 'most resident memory, MiB'],
    (await peakMemory()).map(({ result, mib }) => [result, mib.toFixed(0)]),
  );
}

if (isMain('bench/memory-size.ts')) void main();
