const orders = {
  'A-1001': { status: 'shipped', items: [{ sku: 'LAMP-7', quantity: 1 }], total: 49.9 },
  'A-1002': { status: 'delayed', items: [{ sku: 'DESK-2', quantity: 1 }], total: 320 },
};

export const handler = async ({ orderId }) => {
  const order = orders[orderId];
  if (!order) throw new Error(`no order ${orderId}; try ${Object.keys(orders).join(' or ')}`);
  return { orderId, ...order };
};
