import { expect, it } from 'vitest';
import { ServerStack } from '../../../local/deployed/server-stack.js';
import { stackAccess } from './stack-access.js';

const REST_API = 'https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod';
const CLIENTS = 'https://a1b2c3.lambda-url.us-east-1.on.aws';
const REGISTRARS = 'https://d4e5f6.lambda-url.us-east-1.on.aws';
const CDN = new URL('https://mcp.example.com/mcp');

it.each([
  ['a REST API', 'restApi', REST_API, REST_API],
  ['a REST API with a custom domain', 'restApi', 'https://mcp.example.com', 'https://mcp.example.com'],
  ['a REST API in the local runner', 'restApi', 'http://127.0.0.1:3001/prod', 'http://127.0.0.1:3001/prod'],
  ['a function URL', 'functionUrl', CLIENTS, REGISTRARS],
  ['a function URL in the local runner', 'functionUrl', 'http://127.0.0.1:3001', 'http://127.0.0.1:3002'],
])('recognizes the endpoint of a server with %s', async (_, endpoint, clients, registrars) => {
  const outputs = { McpUrlA78CE359: `${clients}/mcp`, McpRegistrationUrlA3E1A15E: `${registrars}/register` };
  // the owner of a server with a REST API may add a function URL to its function
  const resources = {
    McpHttpFunction7046C9C2: 'AWS::Lambda::Function',
    McpHttpFunctionFunctionUrlDF6E32C3: 'AWS::Lambda::Url',
  };
  const access = stackAccess({ outputs, resources });
  expect(await ServerStack.find('Shop', access)).toMatchObject({ endpoint });
  expect(await ServerStack.find('Shop', access, CDN)).toMatchObject({ endpoint, mcpUrl: CDN });
});

it('recognizes the function URL of a server whose outputs have other names', async () => {
  const resources = { McpHttpFunction7046C9C2: 'AWS::Lambda::Function' };
  const access = stackAccess({ outputs: { Address: `${CLIENTS}/mcp` }, resources });
  expect(await ServerStack.find('Shop', access)).toMatchObject({ endpoint: 'functionUrl', registrationUrl: undefined });
});
