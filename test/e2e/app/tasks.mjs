// Handlers that run as tasks.
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const note = (line) => appendFileSync(process.env.JOURNAL, `${line}\n`);

/** Records its start and its end. `waitFor` names a file that a test creates to let it finish. */
export const work = async ({ id, waitFor }) => {
  note(`work started ${id}`);
  while (waitFor && !existsSync(waitFor)) await sleep(20);
  note(`work finished ${id}`);
  return `worked on ${id}`;
};

const form = (key) => ({
  method: 'elicitation/create',
  params: {
    mode: 'form',
    message: `Your ${key}?`,
    requestedSchema: { type: 'object', properties: { [key]: { type: 'string' } }, required: [key] },
  },
});

/** Asks for a name, then for a colour. */
export const interview = async ({ params: { inputResponses, requestState } }) => {
  if (!requestState) return { resultType: 'input_required', inputRequests: { it: form('name') }, requestState: '?' };
  if (requestState === '?') {
    const { name } = inputResponses.it.content;
    return { resultType: 'input_required', inputRequests: { it: form('colour') }, requestState: name };
  }
  return `${requestState} likes ${inputResponses.it.content.colour}`;
};

/** Polls an external job once a second: each round is one call. */
export const watch = async ({ params: { arguments: given, requestState = '0' } }) => {
  const rounds = Number(requestState);
  note(`round ${rounds}`);
  if (rounds >= given.rounds) return `done after ${rounds} rounds`;
  const statusMessage = `${rounds} of ${given.rounds}`;
  return { resultType: 'task', requestState: String(rounds + 1), statusMessage, pollIntervalMs: 1_000 };
};
