/** One function for a resource and a resource template. The event has the URI and the variables of the template. */
const policy = '# Returns\n\nGoods come back within 30 days, unused, in their packaging.';

export const handler = async ({ uri, variables }) => {
  if (uri === 'orders://policies/returns') return policy;
  const { orderId } = variables;
  if (!/^A-\d{4}$/.test(orderId)) return { statusCode: 404, body: `no invoice for ${orderId}` };
  return `# Invoice ${orderId}\n\nPaid in full. Thank you for your order.`;
};
