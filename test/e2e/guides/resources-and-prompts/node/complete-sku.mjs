const skus = ['DESK-2', 'LAMP-7', 'LAMP-9'];

export const handler = async ({ params }) => {
  const { name, value } = params.argument;
  if (name !== 'sku') return [];
  return skus.filter((sku) => sku.startsWith(value.toUpperCase()));
};
