/**
 * An existing function, written for the route `GET /orders/{orderId}` of an API without MCP in mind. It takes an event of API
 * Gateway and returns a proxy response. The server makes the event of the arguments, and unwraps the response; a 404 becomes an
 * error result.
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
  const { orderId } = event.pathParameters;
  const order = orders[orderId];
  if (!order) {
    const body = `no order ${orderId}; try ${Object.keys(orders).join(' or ')}`;
    return { statusCode: 404, headers: { 'content-type': 'text/plain' }, body };
  }
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) };
};
