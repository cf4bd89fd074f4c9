import { PlaceOrder } from './model.mjs';

export const handler = async (event) => {
  const { customer, lines } = PlaceOrder.parse(event);
  return { customer, pieces: lines.reduce((sum, { pieces }) => sum + pieces, 0) };
};
