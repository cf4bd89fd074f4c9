import type { InvokeCommand, InvokeWithResponseStreamCommand } from '@aws-sdk/client-lambda';
import { currentTrace, type TraceContext, tracingEnabled } from '../shared/request-trace.js';

export type Traceable = InvokeCommand | InvokeWithResponseStreamCommand;

/**
 * Adds the trace context of the current request to an invocation: X-Ray's header, and W3C's. Without it, the SDK sends that of its process,
 * which on `/sse` is the trace of the session and not of the message.
 */
export function withTraceHeaders<T extends Traceable>(command: T, { traceparent, tracestate }: TraceContext = {}): T {
  if (!tracingEnabled()) return command;
  const headers = { 'X-Amzn-Trace-Id': currentTrace().xray, traceparent, tracestate };
  const { middlewareStack } = command as InvokeCommand;
  middlewareStack.add(
    (next) => (args) => {
      const { headers: sent } = args.request as { readonly headers: Record<string, string> };
      for (const [name, value] of Object.entries(headers)) if (value !== undefined) sent[name] = value;
      return next(args);
    },
    { step: 'build', name: 'traceHeaders' },
  );
  return command;
}
