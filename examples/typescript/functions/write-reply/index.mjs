/** A prompt: a string becomes one user message. */
export const handler = async ({ orderId, tone = 'friendly' }) =>
  `Write a ${tone} reply to the customer of order ${orderId}. Look the order up first, and say when it will arrive.`;
