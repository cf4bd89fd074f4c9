/**
 * A tool that asks the user before it acts. It is registered with `McpEvent.request()`, so its event is the whole
 * request. It returns `input_required` to ask, and is invoked again with the user's response.
 */
export const handler = async ({ params }) => {
  const { orderId } = params.arguments;
  const answer = params.inputResponses?.slot;
  if (!answer) {
    return {
      resultType: 'input_required',
      inputRequests: {
        slot: {
          method: 'elicitation/create',
          params: {
            mode: 'form',
            message: `When should order ${orderId} arrive?`,
            requestedSchema: {
              type: 'object',
              properties: { slot: { type: 'string', title: 'Time of day', enum: ['morning', 'afternoon', 'evening'] } },
              required: ['slot'],
            },
          },
        },
      },
      requestState: orderId,
    };
  }
  if (answer.action !== 'accept') return `Nothing booked: the user chose to ${answer.action}.`;
  return `Delivery of ${params.requestState} is booked for the ${answer.content.slot}.`;
};
