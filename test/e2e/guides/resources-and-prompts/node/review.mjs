/** A prompt of several messages, one of which embeds a resource. */
export const handler = async ({ sku }) => ({
  messages: [
    { role: 'user', content: { type: 'text', text: `Review the description of ${sku}.` } },
    {
      role: 'user',
      content: {
        type: 'resource',
        resource: { uri: `shop://articles/${sku}`, mimeType: 'text/plain', text: 'A lamp. It is bright.' },
      },
    },
  ],
});
