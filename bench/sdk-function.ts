/** The MCP SDK alone in one Lambda function that streams, as the HTTP function does: the peer of `/mcp`, behind an API of the same kind. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { sdkHandler } from './sdk-handler';

const mcp = sdkHandler(Number(process.env.TOOLS));

export const handler = awslambda.streamifyResponse<APIGatewayProxyEvent, void>(async (event, stream) => {
  const result = await mcp.fetch(
    new Request('https://sdk.invalid/mcp', {
      method: event.httpMethod,
      headers: event.headers as Record<string, string>,
      body: event.body,
    }),
  );
  const prelude = { statusCode: result.status, headers: Object.fromEntries(result.headers) };
  const response = awslambda.HttpResponseStream.from(stream, prelude);
  for await (const chunk of result.body ?? []) response.write(chunk);
  response.end();
});
