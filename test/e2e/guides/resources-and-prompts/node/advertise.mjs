/** A prompt: its arguments are the event, and a string becomes one user message. */
export const handler = async ({ sku, tone = 'friendly' }) =>
  `Write a ${tone} advertisement for article ${sku}. Read shop://articles/${sku} first.`;
