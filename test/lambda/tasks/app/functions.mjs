// The functions of the tasks' tests.
import { setTimeout as sleep } from 'node:timers/promises';

/** In the place of the task runner: the tests do its runs themselves. */
export const runner = async () => {};

let ran = 0;
/** Answers how often it ran, after a while. */
export const slow = async ({ milliseconds }) => {
  ran += 1;
  await sleep(milliseconds);
  return `run ${ran}`;
};

export const answer = async ({ answer }) => answer;

export const fail = async () => {
  throw new TypeError('the database said no');
};

/** The event as it came. */
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

/** Asks for two things at once, then for one of them again. */
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

/** Wants to be called again as often as it is told to, and keeps count of that. */
export const again = async ({ params: { arguments: given, requestState = '0' }, context }) => {
  const { times, pollIntervalMs, ...more } = given;
  const count = Number(requestState);
  if (count === 0 && !context.background && times === 0) return 'in the foreground';
  if (count >= times) return `after ${count}, ${context.taskId ? 'as a task' : 'without a task'}`;
  const statusMessage = `${count} of ${times}`;
  return { resultType: 'task', requestState: String(count + 1), statusMessage, pollIntervalMs, ...more };
};

/** Asks first; with the answer it goes on in the background. */
export const askThenWork = async ({ params: { inputResponses, requestState }, context }) => {
  if (!inputResponses)
    return { resultType: 'input_required', inputRequests: { name: form('name') }, requestState: 's' };
  if (!context.background) return { resultType: 'task' };
  return `${inputResponses.name.content.name}, ${requestState}`;
};
