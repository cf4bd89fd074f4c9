import { ProtocolError, ProtocolErrorCode, type ServerContext } from '@modelcontextprotocol/server';
import { log } from '../shared/log.js';

/** Wraps a request handler: protocol errors pass, any other error is logged and replaced by `internal error`. */
export function withSafeErrors<Request, Result>(
  handler: (request: Request, ctx: ServerContext) => Promise<Result>,
): (request: Request, ctx: ServerContext) => Promise<Result> {
  return async (request, ctx) => {
    try {
      return await handler(request, ctx);
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      // the SDK discards the result of a cancelled request
      if (!ctx.mcpReq.signal.aborted) {
        log.error('request failed', { error: error as Error, method: ctx.mcpReq.method });
      }
      throw internalError('internal error');
    }
  };
}

export function invalidParams(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}

export function internalError(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InternalError, message);
}
