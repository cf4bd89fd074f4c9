/** What the events of API Gateway say about the API: names that do not belong to a real one. */
import { currentTrace } from '../../shared/request-trace.js';
import { SOURCE_IP, USER_AGENT } from './caller.js';
import type { EventContext } from './event-context.js';
import type { HttpRequest } from './http-request.js';

export const API_ID = 'mcp';
/**
 * The default stage is not part of paths. Adapters of web frameworks remove the name of any other stage from the beginning of a path,
 * where a value could have it; no value has a dollar sign in a path.
 */
export const STAGE = '$default';

/** The domain of the request: of API Gateway in the region of the server. */
export function domainName(): string {
  const region = process.env.AWS_REGION ?? 'us-east-1';
  return `${API_ID}.execute-api.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** The headers of a request: those of its arguments, then those that API Gateway and the body set. */
export function requestHeaders({ headers, body }: HttpRequest): [name: string, value: string][] {
  // on /sse, the process has the trace of the session, and each message its own
  const traceId = currentTrace().xray ?? process.env._X_AMZN_TRACE_ID;
  return [
    ...headers.map(([name, value]): [string, string] => [name, value]),
    ...missing(headers, [
      ['Accept', 'application/json, */*;q=0.5'],
      ['User-Agent', USER_AGENT],
    ]),
    ...(body
      ? ([
          ['Content-Type', body.contentType],
          ['Content-Length', String(Buffer.byteLength(body.body, body.isBase64Encoded ? 'base64' : 'utf8'))],
        ] as [string, string][])
      : []),
    ['Host', domainName()],
    ...(traceId ? ([['X-Amzn-Trace-Id', traceId]] as [string, string][]) : []),
    ['X-Forwarded-For', SOURCE_IP],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-Proto', 'https'],
  ];
}

/** The values of each name, in order. */
export function groupByName(entries: readonly (readonly [name: string, value: string])[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of entries) {
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return values;
}

/** The account of the function. */
export function accountOf({ call }: EventContext): string {
  return call.functionArn.split(':')[4] ?? '';
}

/** The time as API Gateway formats it: `22/Nov/2026:08:06:00 +0000`. */
export function requestTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

function missing(headers: HttpRequest['headers'], defaults: [string, string][]): [string, string][] {
  return defaults.filter(([name]) => !headers.some(([each]) => each.toLowerCase() === name.toLowerCase()));
}
