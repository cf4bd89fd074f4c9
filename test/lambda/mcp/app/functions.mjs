// Handlers for the tests of the server functions.
import { setTimeout as sleep } from 'node:timers/promises';

/** Returns the event and the client context. */
export const reflect = async (event, context) => ({ event, custom: context.clientContext.custom });

export const answer = async ({ answer }) => answer;

export const text = async () => 'some text';

export const fail = async () => {
  throw new TypeError('the database said no');
};

export const crash = async () => process.exit(1);

let slept = 0;
/** Returns the number of its invocations, after a pause. */
export const slow = async ({ milliseconds }) => {
  slept += 1;
  await sleep(milliseconds);
  return slept;
};

export const big = async () => 'x'.repeat(7 * 1024 * 1024);

export const document = async ({ uri, variables }) =>
  uri.endsWith('missing') ? { statusCode: 404 } : `${uri} ${JSON.stringify(variables)}`;

export const greeting = async ({ name }) => `Greet ${name}.`;

/** Lists two pages. */
export const listing = async ({ method, params }) => {
  if (method !== 'resources/list') return 'not a list';
  return params.cursor === 'second'
    ? { resources: [{ uri: 'books://2', name: 'two' }] }
    : { resources: [{ uri: 'books://1', name: 'one' }], nextCursor: 'second' };
};

export const colours = async ({ method, params }) =>
  method === 'completion/complete'
    ? ['red', 'green', 'gr\u202eey', 'blue'].filter((c) => c.startsWith(params.argument.value))
    : 'no';

export const manyValues = async () => ({ values: Array.from({ length: 150 }, (_, n) => `v${n}`), total: 500 });

const form = (key) => ({
  method: 'elicitation/create',
  params: {
    mode: 'form',
    message: `Your ${key}?`,
    requestedSchema: { type: 'object', properties: { [key]: { type: 'string' } }, required: [key] },
  },
});

/** Requests a name, then a colour. The request state holds the name. */
export const ask = async ({ params: { inputResponses, requestState } }) => {
  if (!requestState)
    return { resultType: 'input_required', inputRequests: { name: form('name') }, requestState: 'first' };
  if (requestState === 'first') {
    if (inputResponses.name.action !== 'accept') return `the user answered: ${inputResponses.name.action}`;
    const { name } = inputResponses.name.content;
    return { resultType: 'input_required', inputRequests: { colour: form('colour') }, requestState: `name:${name}` };
  }
  return `${requestState.slice('name:'.length)} likes ${inputResponses.colour.content.colour}`;
};

/** Requests sampling and roots at once, and returns the input responses. */
export const consult = async ({ params: { inputResponses } }) =>
  inputResponses ?? {
    resultType: 'input_required',
    inputRequests: {
      model: {
        method: 'sampling/createMessage',
        params: { messages: [{ role: 'user', content: { type: 'text', text: 'Well?' } }], maxTokens: 10 },
      },
      roots: { method: 'roots/list' },
    },
  };

/** Requests input in every call. */
export const askForever = async () => ({ resultType: 'input_required', inputRequests: { name: form('name') } });

/** Streams its `steps`: strings as they are, objects as lines of JSON. A number is a pause in milliseconds, `true` an exception. */
export const stream = awslambda.streamifyResponse(async (event, out) => {
  const { steps } = event.params?.arguments ?? event.variables ?? event;
  for (const step of typeof steps === 'string' && event.params ? JSON.parse(steps) : [steps].flat()) {
    if (typeof step === 'number') await sleep(step);
    else if (step === true) throw new TypeError('in the middle');
    else out.write(typeof step === 'string' ? step : `${JSON.stringify(step)}\n`);
  }
  out.end();
});

/** Streams `count` chunks of `size` characters. */
export const flood = awslambda.streamifyResponse(async ({ count, size, line }, out) => {
  for (let n = 0; n < count; n++) {
    const chunk = 'x'.repeat(size);
    const text = line ? `${JSON.stringify({ content: [{ type: 'text', text: chunk }] })}\n` : chunk;
    if (!out.write(text)) await new Promise((resolve) => out.once('drain', resolve));
  }
  out.end();
});

/** Streams a result with the event. */
export const streamEvent = awslambda.streamifyResponse(async (event, out) => {
  out.end(`${JSON.stringify({ result: { resultType: 'complete', content: [], structuredContent: event } })}\n`);
});

/** Streams progress, requests input, and continues with the input response. */
export const streamAsk = awslambda.streamifyResponse(async ({ params: { inputResponses } }, out) => {
  const writeMessage = (message) => out.write(`${JSON.stringify(message)}\n`);
  writeMessage({ progress: { progress: 1 } });
  writeMessage({ progress: { progress: inputResponses ? 3 : 2 } });
  if (inputResponses) writeMessage({ result: `hello ${inputResponses.name.content.name}` });
  else writeMessage({ result: { resultType: 'input_required', inputRequests: { name: form('name') } } });
  out.end();
});
