/**
 * An existing function, written for an HTTP API without MCP in mind. It takes an object with an `orderId` and returns an
 * API Gateway proxy response. The server unwraps the response; a 404 becomes an error result.
 */
const orders = {
  'A-1001': {
    orderId: 'A-1001',
    customer: 'Jordan',
    status: 'shipped',
    items: [{ sku: 'LAMP-7', quantity: 1 }],
    total: 49.9,
  },
  'A-1002': {
    orderId: 'A-1002',
    customer: 'Sam',
    status: 'delayed',
    items: [{ sku: 'DESK-2', quantity: 1 }],
    total: 320,
  },
};

export const handler = async (event) => {
  const order = orders[event.orderId];
  if (!order) {
    const body = `no order ${event.orderId}; try ${Object.keys(orders).join(' or ')}`;
    return { statusCode: 404, headers: { 'content-type': 'text/plain' }, body };
  }
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) };
};
