import type { ServerFunctionName } from '../server-stack.js';
import type { MeasuredUsage, MonthlyFunction } from './measured.js';
import {
  CUSTOM_METRICS,
  gb,
  handlerParts,
  LOG_BYTES,
  type Offer,
  offer,
  type Part,
  PINGS,
  POLL_PRICE,
  part,
  price,
} from './model.js';

/** Functions with a part of their own. */
const TITLES: Readonly<Partial<Record<ServerFunctionName, string>>> = {
  HttpFunction: 'HTTP function',
  SseFunction: 'SSE function',
};

/**
 * The parts of a deployed server, from what Lambda bills: the invocations and the durations of its functions, open streams included.
 * @param memory memory size of the functions that serve MCP, if it is not that of the deployment, in MiB
 */
export function measuredServer(measured: MeasuredUsage, memory?: number): Offer {
  const { monthlyRequests, monthlySessionHours, functions, usage } = measured;
  const invocations = functions.reduce((sum, each) => sum + each.invocations, 0);
  const rest = functions.filter(({ name }) => TITLES[name] === undefined);
  return offer('server', 'cdk-mcp-lambda', [
    part('API Gateway', 'requests', monthlyRequests, price.apiGatewayRequest),
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
    ...handlerParts(usage),
  ]);
}

function computePart(title: string, functions: readonly MonthlyFunction[]): Part {
  const gbSeconds = functions.reduce((sum, each) => sum + (each.milliseconds / 1000) * gb(each.memory), 0);
  const sizes = [...new Set(functions.map(({ memory }) => memory))];
  const name = sizes.length === 1 ? `${title}, ${sizes[0]} MiB` : title;
  return part(name, 'GB-s', gbSeconds, price.lambdaGbSecond);
}
