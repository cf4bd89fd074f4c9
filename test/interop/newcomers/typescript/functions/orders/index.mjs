const orders = { 'A-1001': 'shipped', 'A-1002': 'delayed' };

export const handler = async ({ orderId }) => {
  const status = orders[orderId];
  if (!status) throw new Error(`no order ${orderId}; try ${Object.keys(orders).join(' or ')}`);
  return { orderId, status };
};
