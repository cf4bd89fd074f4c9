import { ProtocolError, ProtocolErrorCode, type ServerContext } from '@modelcontextprotocol/server';
import { log } from '../shared/log.js';

/** Lets a handler's protocol errors through and hides everything else: an error of ours says nothing to a client. */
export function withSafeErrors<Request, Result>(
  handler: (request: Request, ctx: ServerContext) => Promise<Result>,
): (request: Request, ctx: ServerContext) => Promise<Result> {
  return async (request, ctx) => {
    try {
      return await handler(request, ctx);
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      // the SDK drops whatever becomes of a cancelled request
      if (!ctx.mcpReq.signal.aborted)
        log.error('a request failed', { error: error as Error, method: ctx.mcpReq.method });
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
