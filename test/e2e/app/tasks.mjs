// Registered functions that run as tasks.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const note = (line) => appendFileSync(process.env.JOURNAL, `${line}\n`);

/** Takes its time, and notes that it ran. */
export const work = async ({ seconds }) => {
  note(`work began ${seconds}`);
  await sleep(seconds * 1000);
  note(`work ended ${seconds}`);
  return `worked ${seconds} s`;
};

const form = (key) => ({
  method: 'elicitation/create',
  params: {
    mode: 'form',
    message: `Your ${key}?`,
    requestedSchema: { type: 'object', properties: { [key]: { type: 'string' } }, required: [key] },
  },
});

/** Asks for a name, and then for a colour. */
export const interview = async ({ params: { inputResponses, requestState } }) => {
  if (!requestState) return { resultType: 'input_required', inputRequests: { it: form('name') }, requestState: '?' };
  if (requestState === '?') {
    const { name } = inputResponses.it.content;
    return { resultType: 'input_required', inputRequests: { it: form('colour') }, requestState: name };
  }
  return `${requestState} likes ${inputResponses.it.content.colour}`;
};

/** Looks after something that goes on elsewhere, a second at a time. */
export const watch = async ({ params: { arguments: given, requestState = '0' } }) => {
  const looks = Number(requestState);
  note(`look ${looks}`);
  if (looks >= given.looks) return `done after ${looks} looks`;
  const statusMessage = `${looks} of ${given.looks}`;
  return { resultType: 'task', requestState: String(looks + 1), statusMessage, pollIntervalMs: 1_000 };
};
