/** Returns what the last part of the URI, or the argument `form`, names: the forms that the guide's tables list. */
const forms = {
  string: 'plain',
  json: { a: 1 },
  nothing: null,
  text: { statusCode: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<p>hi</p>' },
  bytes: { statusCode: 200, headers: { 'content-type': 'image/png' }, isBase64Encoded: true, body: 'iVBORw0KGgo=' },
  pdf: { statusCode: 200, headers: { 'content-type': 'application/pdf' }, isBase64Encoded: true, body: 'JVBERg==' },
  missing: { statusCode: 404, body: 'no such thing' },
  broken: { statusCode: 500, body: 'secret' },
  contents: { contents: [{ text: 'one' }, { uri: 'shop://forms/two', mimeType: 'text/css', text: 'two' }] },
  cached: { contents: [{ text: 'one' }], ttlMs: 1000 },
  messages: { messages: [{ role: 'assistant', content: { type: 'text', text: 'Ready.' } }] },
  error: { jsonrpc: '2.0', error: { code: -32001, message: 'closed on Sundays' } },
};

export const handler = async (event) => {
  const form = event.variables?.form ?? event.form;
  if (form === 'thrown') throw new RangeError('no form 7');
  if (form === 'event') return event;
  return forms[form];
};

export const request = async (event) => event;

/** Shows the event that a completion function, or a listable template's function, gets. */
export const shown = async (event) =>
  event.method === 'resources/list'
    ? { resources: [{ uri: 'shop://shown/event', name: JSON.stringify(event) }] }
    : [JSON.stringify(event)];
