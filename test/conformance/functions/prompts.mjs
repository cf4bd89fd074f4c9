import { byName, PNG } from './called.mjs';

const user = (content) => ({ role: 'user', content });
const says = (text) => user({ type: 'text', text });

/** Prompts that are made from their arguments alone. */
export const handler = byName({
  test_simple_prompt: () => 'This is a simple prompt for testing.',
  test_prompt_with_arguments: ({ arg1, arg2 }) => `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
  test_prompt_with_embedded_resource: ({ resourceUri }) => ({
    messages: [
      user({
        type: 'resource',
        resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
      }),
      says('Please process the embedded resource above.'),
    ],
  }),
  test_prompt_with_image: () => ({
    messages: [user({ type: 'image', data: PNG, mimeType: 'image/png' }), says('Please analyze the image above.')],
  }),
});
