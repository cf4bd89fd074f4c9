import { signedFetch } from './sign.mjs';

const NAME = 'test_changing';

const kinds = {
  test_trigger_tool_change: { type: 'tool', inputSchema: { type: 'object' } },
  test_trigger_prompt_change: { type: 'prompt' },
};

/**
 * Tools that change what the server offers, through its Registration API: they describe a registration anew, which
 * keeps the names in the list as they are, and make it the first time.
 */
export const handler = async (_event, context) => {
  const definition = {
    ...kinds[context.clientContext.custom.mcpName],
    name: NAME,
    description: `As of ${new Date().toISOString()}`,
    lambdaArn: context.invokedFunctionArn,
  };
  const body = JSON.stringify(definition);
  const address = process.env.REGISTRATION_URL;
  const replaced = await signedFetch('PUT', `${address}/${definition.type}-${NAME}`, body);
  const response = replaced.status === 404 ? await signedFetch('POST', address, body) : replaced;
  if (!response.ok) throw new Error(`the change was refused with ${response.status}: ${await response.text()}`);
  return definition.description;
};
