import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { callTrace, inTrace, traceIdOf, traceOf, xrayTraceId } from '../../../lambda/shared/request-trace.js';
import { ENV } from '../../../src/private/contract.js';
import { proxyEvent } from './events.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${TRACE_ID}-b7ad6b7169203331-01`;
const XRAY = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:0';

beforeEach(() => {
  vi.stubEnv(ENV.TRACING, 'on');
  vi.stubEnv('_X_AMZN_TRACE_ID', XRAY);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const event = (headers: Record<string, string>) =>
  proxyEvent({ headers, requestContext: { requestId: 'r-1' } as object });

describe('of an API request', () => {
  test('has the request id, the trace context of the headers, and the trace of X-Ray', () => {
    expect(traceOf(event({ Traceparent: traceparent, tracestate: 'a=b' }))).toEqual({
      requestId: 'r-1',
      traceparent,
      tracestate: 'a=b',
      xray: XRAY,
    });
  });

  test('has only the request id without tracing', () => {
    vi.stubEnv(ENV.TRACING, '');
    expect(traceOf(event({ traceparent }))).toEqual({ requestId: 'r-1' });
  });

  test.each([
    ['an invalid traceparent', { traceparent: '00-1-2-01', tracestate: 'a=b' }],
    ['a tracestate without a traceparent', { tracestate: 'a=b' }],
  ])('ignores %s', (_, headers) => {
    expect(traceOf(event(headers))).not.toHaveProperty('tracestate');
  });

  test('ignores a tracestate that is too long', () => {
    expect(traceOf(event({ traceparent, tracestate: `a=${'b'.repeat(600)}` }))).not.toHaveProperty('tracestate');
  });
});

describe('of a call', () => {
  const other = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`;

  test('is that of _meta, which is closer to the call than the headers', () => {
    expect(callTrace({ traceparent: other }, { traceparent, tracestate: 'a=b', xray: XRAY })).toEqual({
      traceparent: other,
    });
  });

  test('is that of the request without one in _meta', () => {
    const trace = inTrace({ traceparent, tracestate: 'a=b', xray: XRAY }, () => callTrace({ progressToken: 1 }));
    expect(trace).toEqual({ traceparent, tracestate: 'a=b' });
  });

  test('is X-Ray’s in the form of W3C without either', () => {
    expect(callTrace(undefined, { xray: XRAY })).toEqual({
      traceparent: '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01',
    });
    expect(callTrace(undefined, { xray: XRAY.replace('Sampled=1', 'Sampled=0') }).traceparent).toMatch(/-00$/);
  });

  test('is absent without any', () => {
    expect(callTrace(undefined, {})).toEqual({});
    expect(callTrace(undefined, { xray: 'Root=x' })).toEqual({});
  });
});

test('reads the ids of traces', () => {
  expect(traceIdOf({ traceparent })).toBe(TRACE_ID);
  expect(traceIdOf({ traceparent: 'x' })).toBeUndefined();
  expect(xrayTraceId({ xray: XRAY })).toBe('1-5759e988-bd862e3fe1be46a994272793');
});
