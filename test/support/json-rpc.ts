/** A JSON-RPC request. */
export const rpc = (method: string, params: object = {}, id = 1) => ({ jsonrpc: '2.0', id, method, params });

/** The headers of a POST with a JSON-RPC message. */
export const POST_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** Posts a body, and reads the messages of the response, a JSON document or an event stream, to its end. */
export async function postMessages(url: URL | string, body: unknown, headers: object): Promise<any> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...POST_HEADERS, ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const messages = response.headers.get('content-type')?.includes('event-stream')
    ? [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, data]) => JSON.parse(data!))
    : text === ''
      ? []
      : [JSON.parse(text)].flat();
  return { status: response.status, messages, message: messages.at(-1), headers: response.headers };
}
