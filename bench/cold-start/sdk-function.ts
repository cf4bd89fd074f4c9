/** A Lambda function that serves MCP with the SDK alone, as a user would write it: the peer of the HTTP function. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { sdkHandler } from '../sdk-handler';

const mcp = sdkHandler(Number(process.env.TOOLS));

export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const response = await mcp.fetch(
    new Request('https://sdk.invalid/mcp', {
      method: event.httpMethod,
      headers: event.headers as Record<string, string>,
      body: event.body,
    }),
  );
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}
