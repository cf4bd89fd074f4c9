/** A Lambda target of AgentCore Gateway, written like AWS's developer guide: it strips the prefix from the tool name. */
export const handler = async (event, context) => {
  const name = context.clientContext.custom.bedrockAgentCoreToolName;
  const tool = name.slice(name.indexOf('___') + '___'.length);
  if (tool === 'get_order') return { orderId: event.orderId, status: 'shipped' };
  if (tool === 'cancel_order') return { orderId: event.orderId, status: 'cancelled' };
  throw new Error(`unknown tool ${tool}`);
};
