import { byName, PNG, text, WAV } from './helpers.mjs';

const image = { type: 'image', data: PNG, mimeType: 'image/png' };

/** Tools that return each type of MCP content. */
export const handler = byName({
  test_simple_text: () => 'This is a simple text response for testing.',
  test_image_content: () => ({ content: [image] }),
  test_audio_content: () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }),
  test_embedded_resource: () => ({
    content: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
  }),
  test_multiple_content_types: () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      image,
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: JSON.stringify({ test: 'data', value: 123 }),
        },
      },
    ],
  }),
  // the scenario server-sse-polling expects the server to close the stream before this result
  test_reconnection: () => 'Reconnection test completed',
  test_error_handling: () => {
    throw new Error('This tool intentionally returns an error for testing');
  },
  json_schema_2020_12_tool: (contact) => contact,
  test_x_mcp_header: ({ region }) => text(`region: ${region}`),
  greet: ({ name }) => `Hello, ${name}!`,
});
