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
}

/** One part of a sum. */
export interface Part {
  readonly name: string;
  /** How it is computed. */
  readonly formula: string;
  readonly usd: number;
}

/** What one way of serving tools costs in a month. */
export interface Offer {
  readonly id: 'server' | 'gateway' | 'container' | 'sdk';
  readonly name: string;
  readonly parts: readonly Part[];
  readonly usd: number;
}

export const PRICE_LIST = priceList;
export const HOURS = 730;
export const DEFAULT_USAGE: Usage = {
  calls: 1_000_000,
  toolMs: 200,
  toolMemory: 128,
  sessions: 0,
  sessionHours: HOURS,
  memory: 512,
  otherRequests: 0.2,
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
/** A service that stays available: two tasks, each of which holds so many calls and streams at once. */
const TASK = { count: 2, vcpu: 0.5, gb: 1, calls: 100, streams: 2_000 } as const;
/** The busiest minute, compared with the average of the month. */
const PEAK = 10;

export const price = Object.fromEntries(
  Object.entries(priceList.prices).map(([name, each]) => [name, each.price]),
) as Record<keyof typeof priceList.prices, number>;
export const gb = (mebibytes: number) => mebibytes / 1024;

/** Returns what the usage costs with each of the compared ways. */
export function offers(usage: Usage): Offer[] {
  return [server(usage), gateway(usage), container(usage), sdk(usage)];
}

/** The parts of a server of this library. */
export function server(usage: Usage): Offer {
  const { calls, toolMs, memory, sessions, sessionHours, otherRequests } = usage;
  const requests = calls * (1 + otherRequests);
  const milliseconds = calls * (toolMs + OVERHEAD_MS) + calls * otherRequests * OVERHEAD_MS;
  const hours = sessions * sessionHours;
  return offer('server', 'cdk-mcp-lambda', [
    part('API Gateway', 'requests', requests, price.apiGatewayRequest),
    part('HTTP function, invocations', 'requests', requests, price.lambdaRequest),
    part(`HTTP function, ${memory} MiB`, 'GB-s', (milliseconds / 1000) * gb(memory), price.lambdaGbSecond),
    part('registry', 'reads', requests, price.dynamoDbRead),
    part('logs', 'GB', (requests * LOG_BYTES) / 1e9, price.logsGb),
    part('metrics', 'metrics', CUSTOM_METRICS, price.customMetric),
    ...(hours === 0 ? [] : streamParts(hours, memory)),
    ...handlerParts(usage),
  ]);
}

/** Of one ping of an SSE session: two long polls of its queue, and a renewal of its lease. */
export const POLL_PRICE = price.sqsFifoRequest * 2 + price.dynamoDbWrite;

function streamParts(hours: number, memory: number): Part[] {
  const perHour = PINGS * (price.apiGatewayRequest + price.lambdaRequest + POLL_PRICE);
  return [
    part(`open streams, ${memory} MiB`, 'hours', hours, 3_600 * gb(memory) * price.lambdaGbSecond),
    part('their pings and polls', 'hours', hours, perHour),
  ];
}

/** Your functions, which cost the same behind every server that invokes them. */
export function handlerParts({ calls, toolMs, toolMemory }: Usage): Part[] {
  return [
    part('your functions, invocations', 'calls', calls, price.lambdaRequest),
    part(`your functions, ${toolMemory} MiB`, 'GB-s', ((calls * toolMs) / 1000) * gb(toolMemory), price.lambdaGbSecond),
  ];
}

function gateway(usage: Usage): Offer {
  const { calls, otherRequests } = usage;
  return offer('gateway', 'AgentCore Gateway', [
    part('gateway', 'invocations', calls * (1 + otherRequests), price.gatewayInvocation),
    ...handlerParts(usage),
  ]);
}

/** A container runs the tools itself, so it has no other functions. */
function container({ calls, toolMs, sessions, sessionHours }: Usage): Offer {
  const concurrent = ((calls * toolMs) / 1000 / (HOURS * 3_600)) * PEAK;
  const streams = (sessions * sessionHours) / HOURS;
  const tasks = Math.max(TASK.count, Math.ceil(concurrent / TASK.calls), Math.ceil(streams / TASK.streams));
  return offer('container', 'Fargate container', [
    part(`${tasks} tasks, vCPU`, 'vCPU-h', tasks * TASK.vcpu * HOURS, price.fargateVcpuHour),
    part(`${tasks} tasks, memory`, 'GB-h', tasks * TASK.gb * HOURS, price.fargateGbHour),
    part('load balancer', 'hours', HOURS, price.loadBalancerHour),
    part('load balancer, use', 'LCU-h', HOURS * Math.max(1, Math.ceil(streams / 3_000)), price.loadBalancerUnitHour),
    part('logs', 'GB', (calls * LAMBDA_LOG_BYTES) / 1e9, price.logsGb),
  ]);
}

/** An MCP SDK and its tools in one function behind a function URL. */
function sdk({ calls, toolMs, memory, sessions, sessionHours, otherRequests }: Usage): Offer {
  const requests = calls * (1 + otherRequests);
  const milliseconds = calls * (toolMs + SDK_OVERHEAD_MS) + calls * otherRequests * SDK_OVERHEAD_MS;
  const hours = sessions * sessionHours;
  return offer('sdk', 'MCP SDK in one Lambda', [
    part('function, invocations', 'requests', requests, price.lambdaRequest),
    part(`function, ${memory} MiB`, 'GB-s', (milliseconds / 1000) * gb(memory), price.lambdaGbSecond),
    part('logs', 'GB', (requests * LAMBDA_LOG_BYTES) / 1e9, price.logsGb),
    ...(hours === 0
      ? []
      : [part(`open streams, ${memory} MiB`, 'hours', hours, 3_600 * gb(memory) * price.lambdaGbSecond)]),
  ]);
}

export function offer(id: Offer['id'], name: string, parts: readonly Part[]): Offer {
  return { id, name, parts, usd: parts.reduce((sum, { usd }) => sum + usd, 0) };
}

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
