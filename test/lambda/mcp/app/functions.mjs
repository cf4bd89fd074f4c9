// The registered functions of the handlers' tests.
import { setTimeout as sleep } from 'node:timers/promises';

/** The event and what the client context says, as they came. */
export const reflect = async (event, context) => ({ event, custom: context.clientContext.custom });

export const answer = async ({ answer }) => answer;

export const text = async () => 'some text';

export const fail = async () => {
  throw new TypeError('the database said no');
};

export const crash = async () => process.exit(1);

let slept = 0;
/** Answers how often it ran, after a while. */
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
  method === 'completion/complete' ? ['red', 'green', 'blue'].filter((c) => c.startsWith(params.argument.value)) : 'no';

export const manyValues = async () => ({ values: Array.from({ length: 150 }, (_, n) => `v${n}`), total: 500 });

const form = (key) => ({
  method: 'elicitation/create',
  params: {
    mode: 'form',
    message: `Your ${key}?`,
    requestedSchema: { type: 'object', properties: { [key]: { type: 'string' } }, required: [key] },
  },
});

/** Asks for a name, then for a colour; the name is kept in the state. */
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

/** Asks the client's model and for its roots, at once; answers what it is told. */
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

/** Never has enough. */
export const askForever = async () => ({ resultType: 'input_required', inputRequests: { name: form('name') } });

/** Streams its `steps`: a string as it is, an object as a line of JSON, a number is a pause in milliseconds, true an exception. */
export const stream = awslambda.streamifyResponse(async (event, out) => {
  const { steps } = event.params?.arguments ?? event.variables ?? event;
  for (const step of typeof steps === 'string' && event.params ? JSON.parse(steps) : [steps].flat()) {
    if (typeof step === 'number') await sleep(step);
    else if (step === true) throw new TypeError('in the middle');
    else out.write(typeof step === 'string' ? step : `${JSON.stringify(step)}\n`);
  }
  out.end();
});

/** Streams `count` pieces of `size` characters. */
export const flood = awslambda.streamifyResponse(async ({ count, size, line }, out) => {
  for (let n = 0; n < count; n++) {
    const piece = 'x'.repeat(size);
    const text = line ? `${JSON.stringify({ content: [{ type: 'text', text: piece }] })}\n` : piece;
    if (!out.write(text)) await new Promise((resolve) => out.once('drain', resolve));
  }
  out.end();
});

/** Streams what the request event says. */
export const streamEvent = awslambda.streamifyResponse(async (event, out) => {
  out.end(`${JSON.stringify({ result: { resultType: 'complete', content: [], structuredContent: event } })}\n`);
});

/** Tells how far it is, asks, and goes on from there. */
export const streamAsk = awslambda.streamifyResponse(async ({ params: { inputResponses } }, out) => {
  const line = (message) => out.write(`${JSON.stringify(message)}\n`);
  line({ progress: { progress: 1 } });
  line({ progress: { progress: inputResponses ? 3 : 2 } });
  if (inputResponses) line({ result: `hello ${inputResponses.name.content.name}` });
  else line({ result: { resultType: 'input_required', inputRequests: { name: form('name') } } });
  out.end();
});
