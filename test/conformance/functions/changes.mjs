import { signedFetch } from './sign.mjs';

const NAME = 'test_changing';

const kinds = {
  test_trigger_tool_change: { type: 'tool', inputSchema: { type: 'object' } },
  test_trigger_prompt_change: { type: 'prompt' },
};

/**
 * Tools that change a list of the server with the Registration API. The first call creates a registration; later calls change its
 * description, so that the names in the list stay the same.
 */
export const handler = async (_event, context) => {
  const definition = {
    ...kinds[context.clientContext.custom.mcpName],
    name: NAME,
    description: `As of ${new Date().toISOString()}`,
    lambdaArn: context.invokedFunctionArn,
  };
  const body = JSON.stringify(definition);
  const baseUrl = process.env.REGISTRATION_URL;
  const replaced = await signedFetch('PUT', `${baseUrl}/${definition.type}-${NAME}`, body);
  const response = replaced.status === 404 ? await signedFetch('POST', baseUrl, body) : replaced;
  if (!response.ok) throw new Error(`the Registration API responded with ${response.status}: ${await response.text()}`);
  return definition.description;
};
