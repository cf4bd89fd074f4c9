/** Adapts a handler written for mcp-lambda-sam: passes the event it expects. Its responses need no change. */
export const fromSam = (handler) => (event, context) => {
  const { mcpMethod, mcpSessionId } = context.clientContext.custom;
  const extra = { signal: {}, sessionId: mcpSessionId };
  if (mcpMethod === 'resources/list') return handler({ action: 'list', extra }, context);
  if (mcpMethod === 'resources/read') return handler({ action: 'read', ...event, extra }, context);
  return handler({ args: event, extra }, context);
};
