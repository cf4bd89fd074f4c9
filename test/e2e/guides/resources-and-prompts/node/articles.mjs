const articles = {
  'DESK-2': { title: 'Desk', price: 320 },
  'LAMP-7': { title: 'Lamp', price: 49.9 },
};

export const handler = async (event) => {
  if (event.method === 'resources/list') {
    const resources = Object.entries(articles).map(([sku, { title }]) => ({
      uri: `shop://articles/${sku}`,
      name: sku,
      title,
    }));
    return { resources };
  }
  return articles[event.variables.sku] ?? { statusCode: 404 };
};
