/**
 * An existing function, written for the API that openapi.yaml describes, without MCP in mind. The operation's parameters arrive as
 * behind API Gateway.
 */
const articles = [
  { sku: 'DESK-2', name: 'Standing desk', price: 320 },
  { sku: 'LAMP-7', name: 'Table lamp', price: 49.9 },
  { sku: 'LAMP-9', name: 'Floor lamp', price: 129 },
];

export const handler = async ({ queryStringParameters }) => {
  const { text = '', maxPrice = Infinity } = queryStringParameters ?? {};
  const found = articles.filter(
    ({ name, price }) => name.toLowerCase().includes(text.toLowerCase()) && price <= Number(maxPrice),
  );
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ articles: found }),
  };
};
