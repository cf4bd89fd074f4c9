import { AsyncLocalStorage } from 'node:async_hooks';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ENV } from '../../src/private/contract.js';
import { optionalEnv } from './env.js';
import { header } from './http.js';
import { isObject } from './json.js';

/** W3C trace context. */
export interface TraceContext {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** The identifiers by which a request is found in logs and traces. */
export interface RequestTrace extends TraceContext {
  /** Id of the request, from API Gateway or Lambda's function URL. */
  readonly requestId?: string;
  /** X-Ray's trace header. */
  readonly xray?: string;
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Longest `tracestate` that is passed on, characters: what W3C requires to be passed on. */
const MAX_TRACESTATE = 512;
const XRAY_ROOT = /(?:^|;)Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/;
const XRAY_PARENT = /(?:^|;)Parent=([0-9a-f]{16})(?:;|$)/;

const traces = new AsyncLocalStorage<RequestTrace>();

/** Runs an action, and all that it starts, as part of a request. */
export function inTrace<T>(trace: RequestTrace | undefined, action: () => T): T {
  return traces.run(trace ?? {}, action);
}

/** The request that is being handled. */
export function currentTrace(): RequestTrace {
  return traces.getStore() ?? {};
}

/** Whether the server takes part in traces: its property `tracing`. */
export function tracingEnabled(): boolean {
  return optionalEnv(ENV.TRACING) !== undefined;
}

/** The identifiers that the runtime gives the process: X-Ray's, if the server takes part in traces. */
export function processTrace(): RequestTrace {
  return tracingEnabled() ? { xray: optionalEnv('_X_AMZN_TRACE_ID') } : {};
}

/** The identifiers of an HTTP request. Headers count only if the server takes part in traces. */
export function traceOf(event: APIGatewayProxyEvent): RequestTrace {
  const { requestId } = event.requestContext;
  if (!tracingEnabled()) return { requestId };
  return {
    requestId,
    ...w3cContext({ traceparent: header(event, 'traceparent'), tracestate: header(event, 'tracestate') }),
    ...processTrace(),
  };
}

/** The trace context of a call: the one in `_meta`, otherwise that of the request, otherwise X-Ray's in W3C's form. */
export function callTrace(meta: unknown, trace = currentTrace()): TraceContext {
  const own = w3cContext(isObject(meta) ? meta : {});
  if (own.traceparent !== undefined) return own;
  if (trace.traceparent !== undefined) return { traceparent: trace.traceparent, tracestate: trace.tracestate };
  const root = xrayTraceId(trace);
  const parent = XRAY_PARENT.exec(trace.xray ?? '')?.[1];
  if (root === undefined || parent === undefined) return {};
  const sampled = /(?:^|;)Sampled=1(?:;|$)/.test(trace.xray!) ? '01' : '00';
  return { traceparent: `00-${root.slice(2).replace('-', '')}-${parent}-${sampled}` };
}

/** The W3C trace id in a `traceparent`. */
export function traceIdOf({ traceparent }: TraceContext): string | undefined {
  return TRACEPARENT.exec(traceparent ?? '')?.[1];
}

export function xrayTraceId({ xray }: RequestTrace): string | undefined {
  return XRAY_ROOT.exec(xray ?? '')?.[1];
}

function w3cContext({
  traceparent,
  tracestate,
}: {
  readonly traceparent?: unknown;
  readonly tracestate?: unknown;
}): TraceContext {
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return {};
  const state =
    typeof tracestate === 'string' && tracestate.length <= MAX_TRACESTATE && /^[\x20-\x7e]+$/.test(tracestate);
  return { traceparent, ...(state ? { tracestate } : {}) };
}
