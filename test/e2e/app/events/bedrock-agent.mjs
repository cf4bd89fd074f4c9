/** An action group of a Bedrock agent with Powertools for AWS Lambda (TypeScript). */
import {
  BedrockAgentFunctionResolver,
  BedrockFunctionResponse,
} from '@aws-lambda-powertools/event-handler/bedrock-agent';

const app = new BedrockAgentFunctionResolver();
app.tool(async (parameters) => parameters, { name: 'get_order', description: 'An order' });
app.tool(async () => new BedrockFunctionResponse({ body: 'which order?', responseState: 'REPROMPT' }), {
  name: 'ask',
  description: 'Needs more',
});
app.tool(
  async () => {
    throw new Error('no connection');
  },
  { name: 'fail', description: 'Fails' },
);

export const handler = async (event, context) => app.resolve(event, context);
