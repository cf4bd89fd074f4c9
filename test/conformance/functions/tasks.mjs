import { setTimeout as sleep } from 'node:timers/promises';
import { text } from './helpers.mjs';

const confirm = (message) => ({
  method: 'elicitation/create',
  params: {
    message,
    requestedSchema: { type: 'object', properties: { confirm: { type: 'boolean' } }, required: ['confirm'] },
  },
});
const name = {
  method: 'elicitation/create',
  params: {
    message: 'What is your name?',
    requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  },
};
const inputRequired = (inputRequests) => ({ resultType: 'input_required', inputRequests });

const handlers = {
  slow_compute: async ({ arguments: { seconds, label } }) => {
    await sleep(seconds * 1000);
    return `Computed ${label ?? 'something'} in ${seconds} s`;
  },
  failing_job: async () => {
    await sleep(1000);
    return { ...text('The job failed'), isError: true };
  },
  protocol_error_job: async () => ({ jsonrpc: '2.0', error: { code: -32603, message: 'The job crashed' } }),
  confirm_delete: async ({ arguments: { filename }, inputResponses: { confirm: answer } = {} }) =>
    answer
      ? `${answer.content?.confirm ? 'Deleted' : 'Kept'} ${filename}`
      : inputRequired({ confirm: confirm(`Delete ${filename}?`) }),
  multi_input: async ({ inputResponses: { first, second } = {} }) =>
    first && second
      ? 'Both confirmed'
      : inputRequired({ first: confirm('The first?'), second: confirm('The second?') }),
};

/** Tools that run as tasks if the client supports them. */
export const handler = async ({ params }) => handlers[params.name](params);

/** Asks first, then continues in the background with the user's response. */
export const askThenWork = async ({ params: { inputResponses = {} }, context }) => {
  const given = inputResponses.user_name?.content?.name;
  if (!given) return inputRequired({ user_name: name });
  return context.background ? `Worked for ${given}` : { resultType: 'task' };
};
