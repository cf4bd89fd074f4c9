import type { ServerFunctionName } from '../server-parts.js';
import type { MeasuredUsage, MonthlyFunction } from './measured.js';
import {
  CUSTOM_METRICS,
  gb,
  handlerParts,
  LISTENER_HOUR_PRICE,
  LOG_BYTES,
  type Offer,
  type Part,
  PINGS,
  POLL_PRICE,
  part,
  price,
  transferParts,
} from './model.js';

/** Functions with a part of their own. */
const TITLES: Readonly<Partial<Record<ServerFunctionName, string>>> = {
  HttpFunction: 'HTTP function',
  SseFunction: 'SSE function',
};

/**
 * The parts of a deployed server, from what Lambda bills: the invocations and the durations of its functions, open streams included.
 * @param estimated the cost of the same usage without measurement
 * @param memory memory size of the functions that serve MCP, if it is not that of the deployment, in MiB
 */
export function measuredServer(estimated: Offer, measured: MeasuredUsage, memory?: number): Offer {
  const { endpoint, monthlyRequests, monthlySessionHours, monthlyListenerHours, functions, usage } = measured;
  const invocations = functions.reduce((sum, each) => sum + each.invocations, 0);
  const rest = functions.filter(({ name }) => TITLES[name] === undefined);
  const parts = [
    ...(endpoint === 'restApi' ? [part('API Gateway', 'requests', monthlyRequests, price.apiGatewayRequest)] : []),
    part('server functions, invocations', 'invocations', invocations, price.lambdaRequest),
    ...functions.flatMap((each) => {
      const title = TITLES[each.name];
      return title === undefined ? [] : [computePart(title, [{ ...each, memory: memory ?? each.memory }])];
    }),
    computePart('other server functions', rest),
    part('registry', 'reads', monthlyRequests, price.dynamoDbRead),
    part('logs', 'GB', (monthlyRequests * LOG_BYTES) / 1e9, price.logsGb),
    part('metrics', 'metrics', CUSTOM_METRICS, price.customMetric),
    ...(monthlySessionHours === 0
      ? []
      : [part('pings and polls of SSE sessions', 'hours', monthlySessionHours, PINGS * POLL_PRICE)]),
    ...(monthlyListenerHours === 0
      ? []
      : [part('polls of listeners', 'hours', monthlyListenerHours, LISTENER_HOUR_PRICE)]),
    ...transferParts(usage),
    ...handlerParts(usage),
  ];
  return { ...estimated, parts, usd: parts.reduce((sum, { usd }) => sum + usd, 0) };
}

function computePart(title: string, functions: readonly MonthlyFunction[]): Part {
  const gbSeconds = functions.reduce((sum, each) => sum + (each.milliseconds / 1000) * gb(each.memory), 0);
  const sizes = [...new Set(functions.map(({ memory }) => memory))];
  const name = sizes.length === 1 ? `${title}, ${sizes[0]} MiB` : title;
  return part(name, 'GB-s', gbSeconds, price.lambdaGbSecond);
}
