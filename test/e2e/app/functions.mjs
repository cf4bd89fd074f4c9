// The registered functions of the end-to-end tests. They run in processes of their own; what they did is read back from
// the file that JOURNAL names.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const note = (line) => process.env.JOURNAL && appendFileSync(process.env.JOURNAL, `${line}\n`);

export const echo = async ({ message }) => message;

/** Notes that it ran, so that a test can count executions. */
export const record = async ({ n }, context) => {
  note(`record ${n} ${context.awsRequestId}`);
  return `recorded ${n}`;
};

export const slow = async ({ seconds }) => {
  note(`slow start ${seconds}`);
  await sleep(seconds * 1000);
  note(`slow end ${seconds}`);
  return `slept ${seconds} s`;
};

export const crash = async () => process.exit(1);

export const fail = async () => {
  throw new TypeError('the database said no');
};

export const structured = async ({ city }) => ({ city, celsius: 21.5 });

/** The REQUEST event as it came, for the tests of the contract. */
export const reflect = async (event, context) => ({ event, custom: context.clientContext?.custom ?? null });

/** Asks twice; the state of the first round comes back in the second. */
export const ask = async ({ params }) => {
  note(`ask ${Object.keys(params.inputResponses ?? {}).join() || 'first'}`);
  const { inputResponses = {}, requestState } = params;
  const question = (key, message) => ({
    method: 'elicitation/create',
    params: {
      mode: 'form',
      message,
      requestedSchema: { type: 'object', properties: { [key]: { type: 'string' } }, required: [key] },
    },
  });
  if (!requestState) {
    return {
      resultType: 'input_required',
      inputRequests: { name: question('name', 'Your name?') },
      requestState: 'round-1',
    };
  }
  if (requestState === 'round-1') {
    const { name } = inputResponses;
    if (name.action !== 'accept') return `the user answered: ${name.action}`;
    return {
      resultType: 'input_required',
      inputRequests: { colour: question('colour', `Which colour, ${name.content.name}?`) },
      requestState: `round-2:${name.content.name}`,
    };
  }
  return `${requestState.slice('round-2:'.length)} likes ${inputResponses.colour.content.colour}`;
};

export const documents = async ({ uri, variables }) =>
  uri.endsWith('/missing') ? { statusCode: 404 } : `document ${uri} ${JSON.stringify(variables ?? {})}`;

export const greeting = async ({ name, tone }) => `Greet ${name} in a ${tone ?? 'plain'} tone.`;

export const complete = async ({ params }) =>
  ['red', 'green', 'blue'].filter((c) => c.startsWith(params.argument.value));
