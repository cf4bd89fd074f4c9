/** A function behind a Lambda target of AgentCore Gateway, as AWS's developer guide writes them: the prefix comes off the name. */
export const handler = async (event, context) => {
  const name = context.clientContext.custom.bedrockAgentCoreToolName;
  const tool = name.slice(name.indexOf('___') + '___'.length);
  if (tool === 'get_order') return { orderId: event.orderId, status: 'shipped' };
  if (tool === 'cancel_order') return { orderId: event.orderId, status: 'cancelled' };
  throw new Error(`there is no tool ${tool}`);
};
