import { DEFAULTS } from '../../../src/private/contract.js';
import priceList from './prices.json' with { type: 'json' };

/** Use of a server in a month. */
export interface Usage {
  /** Tool calls. */
  readonly calls: number;
  /** Duration of a handler, in milliseconds. */
  readonly toolMs: number;
  /** Memory size of handlers, in MiB. */
  readonly toolMemory: number;
  /** Streams that are open on average: SSE sessions and listeners. */
  readonly sessions: number;
  /** Hours of the month in which they are open. */
  readonly sessionHours: number;
  /** Memory size of the functions that serve MCP, in MiB. */
  readonly memory: number;
  /** Requests that are not calls, such as lists, for each call. */
  readonly otherRequests: number;
  /** Size of a response, in KB. */
  readonly responseKb: number;
}

/** How clients reach a server of this library. */
export type Endpoint = 'restApi' | 'functionUrl';

/** One part of a sum. */
export interface Part {
  readonly name: string;
  /** How it is computed. */
  readonly formula: string;
  readonly usd: number;
}

/** What one way of serving tools costs in a month. */
export interface Offer {
  readonly id: Endpoint | 'gateway' | 'container' | 'sdk';
  readonly name: string;
  readonly parts: readonly Part[];
  readonly usd: number;
  /** What each million further calls costs. */
  readonly perMillionCalls: number;
}

export const PRICE_LIST = priceList;
export const HOURS = 730;
export const DEFAULT_USAGE: Usage = {
  calls: 1_000_000,
  toolMs: 200,
  toolMemory: 128,
  sessions: 0,
  sessionHours: HOURS,
  memory: DEFAULTS.MEMORY_SIZE,
  otherRequests: 0.2,
  responseKb: 2,
};

/** Time of the server function in addition to the handler, and of a request that is not a call, in milliseconds. */
export const OVERHEAD_MS = 30;
/** Time of an SDK that calls a function in its own process, in milliseconds. */
const SDK_OVERHEAD_MS = 5;
/** Lines of the function and of Lambda for a call: audit record, metrics, report. */
export const LOG_BYTES = 1_500;
/** Lambda's own lines for an invocation. */
const LAMBDA_LOG_BYTES = 400;
/** Custom metrics of a server without metrics of each tool. */
export const CUSTOM_METRICS = 15;
/** Of an open session in an hour: answers to pings, long polls of its queue, renewals of its lease. */
export const PINGS = 180;
/** Reads of an open listener in an hour: lists every 2.5 s, updates every second. */
const LISTENER_READS = 1_440 + 3_600;
/** Bytes that a function streams without a charge, in each response. */
const STREAMED_FREE_KB = 6_000;
/** Of a streamed response, so many KB count as one request to a REST API. */
const REQUEST_KB = 10_000;
/** A service that stays available: two tasks, each of which holds so many calls and streams at once. */
const TASK = { count: 2, vcpu: 0.5, gb: 1, calls: 100, streams: 2_000 } as const;
/** The busiest minute, compared with the average of the month. */
const PEAK = 10;

export const price = Object.fromEntries(
  Object.entries(priceList.prices).map(([name, each]) => [name, each.price]),
) as Record<keyof typeof priceList.prices, number>;
export const gb = (mebibytes: number) => mebibytes / 1024;

/** Parts of a month's cost, by the way to serve tools. */
const WAYS: ReadonlyArray<readonly [Offer['id'], name: string, parts: (usage: Usage) => readonly Part[]]> = [
  ['restApi', 'cdk-mcp-lambda, REST API', (usage) => server(usage, 'restApi')],
  ['functionUrl', 'cdk-mcp-lambda, function URL', (usage) => server(usage, 'functionUrl')],
  ['gateway', 'AgentCore Gateway', gateway],
  ['container', 'Fargate container', container],
  ['sdk', 'MCP SDK in one Lambda', sdk],
];

const MILLION = 1e6;

/** Returns what the usage costs with each of the compared ways. */
export function offers(usage: Usage): Offer[] {
  const more = { ...usage, calls: usage.calls + MILLION };
  return WAYS.map(([id, name, partsOf]) => {
    const parts = partsOf(usage);
    const usd = sum(parts);
    return { id, name, parts, usd, perMillionCalls: sum(partsOf(more)) - usd };
  });
}

/** The parts of a server of this library. */
function server(usage: Usage, endpoint: Endpoint): Part[] {
  const { calls, toolMs, memory, sessions, sessionHours, otherRequests, responseKb } = usage;
  const requests = calls * (1 + otherRequests);
  const milliseconds = calls * (toolMs + OVERHEAD_MS) + calls * otherRequests * OVERHEAD_MS;
  const hours = sessions * sessionHours;
  const units = calls * Math.max(1, Math.ceil(responseKb / REQUEST_KB)) + calls * otherRequests;
  return [
    ...(endpoint === 'restApi' ? [part('API Gateway', 'requests', units, price.apiGatewayRequest)] : []),
    part('HTTP function, invocations', 'requests', requests, price.lambdaRequest),
    part(`HTTP function, ${memory} MiB`, 'GB-s', (milliseconds / 1000) * gb(memory), price.lambdaGbSecond),
    part('registry', 'reads', requests, price.dynamoDbRead),
    part('logs', 'GB', (requests * LOG_BYTES) / 1e9, price.logsGb),
    part('metrics', 'metrics', CUSTOM_METRICS, price.customMetric),
    ...(hours === 0 ? [] : streamParts(hours, memory, endpoint)),
    ...transferParts(usage),
    ...handlerParts(usage),
  ];
}

/** Of one ping of an SSE session: two long polls of its queue, and a renewal of its lease. */
export const POLL_PRICE = price.sqsFifoRequest * 2 + price.dynamoDbWrite;
/** Of an hour of a listener. */
export const LISTENER_HOUR_PRICE = PINGS * price.dynamoDbWrite + LISTENER_READS * price.dynamoDbRead;

/** SSE sessions on a REST API; a function URL serves no SSE sessions, but listeners. */
function streamParts(hours: number, memory: number, endpoint: Endpoint): Part[] {
  const perHour =
    endpoint === 'restApi' ? PINGS * (price.apiGatewayRequest + price.lambdaRequest + POLL_PRICE) : LISTENER_HOUR_PRICE;
  return [
    part(`open streams, ${memory} MiB`, 'hours', hours, 3_600 * gb(memory) * price.lambdaGbSecond),
    part(endpoint === 'restApi' ? 'their pings and polls' : 'their polls', 'hours', hours, perHour),
  ];
}

/** What the responses of a streaming function cost. */
export function transferParts({ calls, otherRequests, responseKb }: Usage): Part[] {
  const streamedKb = Math.max(0, responseKb - STREAMED_FREE_KB);
  return [
    ...(streamedKb === 0
      ? []
      : [part('streamed above 6 MB', 'GB', (calls * streamedKb) / 1e6, price.lambdaStreamedGb)]),
    part('data transfer', 'GB', (calls * (1 + otherRequests) * responseKb) / 1e6, price.dataTransferGb),
  ];
}

/** Your functions, which cost the same behind every server that invokes them. */
export function handlerParts({ calls, toolMs, toolMemory }: Usage): Part[] {
  return [
    part('your functions, invocations', 'calls', calls, price.lambdaRequest),
    part(`your functions, ${toolMemory} MiB`, 'GB-s', ((calls * toolMs) / 1000) * gb(toolMemory), price.lambdaGbSecond),
  ];
}

function gateway(usage: Usage): Part[] {
  const { calls, otherRequests, responseKb } = usage;
  const requests = calls * (1 + otherRequests);
  return [
    part('gateway', 'invocations', requests, price.gatewayInvocation),
    part('data transfer', 'GB', (requests * responseKb) / 1e6, price.dataTransferGb),
    ...handlerParts(usage),
  ];
}

/** A container runs the tools itself, so it has no other functions. */
function container({ calls, toolMs, sessions, sessionHours, otherRequests, responseKb }: Usage): Part[] {
  const concurrent = ((calls * toolMs) / 1000 / (HOURS * 3_600)) * PEAK;
  const streams = (sessions * sessionHours) / HOURS;
  const tasks = Math.max(TASK.count, Math.ceil(concurrent / TASK.calls), Math.ceil(streams / TASK.streams));
  return [
    part(`${tasks} tasks, vCPU`, 'vCPU-h', tasks * TASK.vcpu * HOURS, price.fargateVcpuHour),
    part(`${tasks} tasks, memory`, 'GB-h', tasks * TASK.gb * HOURS, price.fargateGbHour),
    part('load balancer', 'hours', HOURS, price.loadBalancerHour),
    part('load balancer, use', 'LCU-h', HOURS * Math.max(1, Math.ceil(streams / 3_000)), price.loadBalancerUnitHour),
    part('logs', 'GB', (calls * LAMBDA_LOG_BYTES) / 1e9, price.logsGb),
    part('data transfer', 'GB', (calls * (1 + otherRequests) * responseKb) / 1e6, price.dataTransferGb),
  ];
}

/** An MCP SDK and its tools in one function behind a function URL. */
function sdk(usage: Usage): Part[] {
  const { calls, toolMs, memory, sessions, sessionHours, otherRequests } = usage;
  const requests = calls * (1 + otherRequests);
  const milliseconds = calls * (toolMs + SDK_OVERHEAD_MS) + calls * otherRequests * SDK_OVERHEAD_MS;
  const hours = sessions * sessionHours;
  return [
    part('function, invocations', 'requests', requests, price.lambdaRequest),
    part(`function, ${memory} MiB`, 'GB-s', (milliseconds / 1000) * gb(memory), price.lambdaGbSecond),
    part('logs', 'GB', (requests * LAMBDA_LOG_BYTES) / 1e9, price.logsGb),
    ...(hours === 0
      ? []
      : [part(`open streams, ${memory} MiB`, 'hours', hours, 3_600 * gb(memory) * price.lambdaGbSecond)]),
    ...transferParts(usage),
  ];
}

const sum = (parts: readonly Part[]) => parts.reduce((total, { usd }) => total + usd, 0);

export function part(name: string, unit: string, amount: number, unitPrice: number): Part {
  return { name, formula: `${quantity(amount)} ${unit} × ${plain(unitPrice)}`, usd: amount * unitPrice };
}

/** A number with three significant digits: `1.2 M`, `34 k`. */
export function quantity(value: number): string {
  const [divisor, suffix] =
    value >= 1e9 ? [1e9, ' G'] : value >= 1e6 ? [1e6, ' M'] : value >= 1e4 ? [1e3, ' k'] : [1, ''];
  return `${Number((value / divisor).toPrecision(3))}${suffix}`;
}

/** A price without an exponent. */
function plain(value: number): string {
  return value.toFixed(12).replace(/0+$/, '').replace(/\.$/, '');
}
