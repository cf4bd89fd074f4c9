// Handlers for the task tests.
import { setTimeout as sleep } from 'node:timers/promises';

/** Replaces the task runner: the tests perform the runs themselves. */
export const runner = async () => {};

let ran = 0;
/** Returns the number of its calls after a delay. */
export const slow = async ({ milliseconds }) => {
  ran += 1;
  await sleep(milliseconds);
  return `run ${ran}`;
};

/** Returns the value of an argument. */
export const respond = async ({ response }) => response;

export const fail = async () => {
  throw new TypeError('the database said no');
};

/** Returns its event. */
export const reflect = async (event) => ({ event });

export const big = async ({ size }) => ({ content: [{ type: 'text', text: 'ä'.repeat(size) }] });

const form = (key, mode) => ({
  method: 'elicitation/create',
  params: {
    ...(mode === 'url' ? { mode, url: 'https://example.com' } : {}),
    message: `Your ${key}?`,
    requestedSchema: { type: 'object', properties: { [key]: { type: 'string' } }, required: [key] },
  },
});

/** Sends two input requests, then repeats one of them. */
export const ask = async ({ params: { inputResponses, requestState, arguments: given } }) => {
  if (requestState === undefined) {
    const inputRequests = { name: form('name', given.mode), colour: form('colour') };
    return { resultType: 'input_required', inputRequests, requestState: 'first' };
  }
  if (requestState === 'first') {
    const colour = inputResponses.colour.content?.colour ?? inputResponses.colour.action;
    return { resultType: 'input_required', inputRequests: { name: form('name') }, requestState: colour };
  }
  return `${inputResponses.name.content.name} likes ${requestState}`;
};

export const askMuch = async () => ({
  resultType: 'input_required',
  inputRequests: { name: form('x'.repeat(400_000)) },
});

/** Asks for `times` background calls and counts them in its request state. */
export const repeat = async ({ params: { arguments: given, requestState = '0' }, context }) => {
  const { times, pollIntervalMs, ...more } = given;
  const count = Number(requestState);
  if (count === 0 && !context.background && times === 0) return 'in the foreground';
  if (count >= times) return `after ${count}, ${context.taskId ? 'as a task' : 'without a task'}`;
  const statusMessage = `${count} of ${times}`;
  return { resultType: 'task', requestState: String(count + 1), statusMessage, pollIntervalMs, ...more };
};

/** Sends an input request; with the input response it continues in the background. */
export const askThenWork = async ({ params: { inputResponses, requestState }, context }) => {
  if (!inputResponses)
    return { resultType: 'input_required', inputRequests: { name: form('name') }, requestState: 's' };
  if (!context.background) return { resultType: 'task' };
  return `${inputResponses.name.content.name}, ${requestState}`;
};
