import { byName, PNG } from './helpers.mjs';

const user = (content) => ({ role: 'user', content });
const userText = (text) => user({ type: 'text', text });

/** Prompts that render their arguments. */
export const handler = byName({
  test_simple_prompt: () => 'This is a simple prompt for testing.',
  test_prompt_with_arguments: ({ arg1, arg2 }) => `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
  test_prompt_with_embedded_resource: ({ resourceUri }) => ({
    messages: [
      user({
        type: 'resource',
        resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
      }),
      userText('Please process the embedded resource above.'),
    ],
  }),
  test_prompt_with_image: () => ({
    messages: [user({ type: 'image', data: PNG, mimeType: 'image/png' }), userText('Please analyze the image above.')],
  }),
});
