// Handlers of the end-to-end tests. They run in separate processes and record what they did in the file that JOURNAL names.
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import everything from './every-content.json' with { type: 'json' };

const note = (line) => process.env.JOURNAL && appendFileSync(process.env.JOURNAL, `${line}\n`);

/** Waits until a test creates the file. */
async function untilExists(file) {
  while (!existsSync(file)) await sleep(20);
}

export const echo = async ({ message }) => message;

/** Records each run, so that a test can count them. */
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
  throw new TypeError('the database rejected the query');
};

export const structured = async ({ city }) => ({ city, celsius: 21.5 });

/** Returns its event and client context, for tests of the contract. */
export const reflect = async (event, context) => ({ event, custom: context.clientContext?.custom ?? null });

/** Asks twice. The second round gets the request state of the first. */
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
    if (name.action !== 'accept') return `the user chose: ${name.action}`;
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

/** Publishes a resource update as the notifications guide shows. */
export const publish = async ({ uri }) => {
  const { publishUpdate } = await import('./publish-update.mjs'); // loaded here, because the other functions do not need the AWS SDK
  await publishUpdate(uri);
  return 'published';
};

/** Tries to write an item that is not an event, with the same permissions. */
export const forge = async () => {
  const { DynamoDBClient, PutItemCommand } = await import('@aws-sdk/client-dynamodb');
  const Item = { pk: { S: 'sse' }, sk: { S: 'forged' } };
  await new DynamoDBClient().send(new PutItemCommand({ TableName: process.env.SESSION_TABLE, Item }));
};

/**
 * Streams its `steps`: a number pauses for milliseconds, a string is written unchanged, `{ waitFor }` waits until the file exists, and
 * any other object is written as a line of JSON.
 */
export const stream = awslambda.streamifyResponse(async ({ steps }, out) => {
  for (const step of steps) {
    if (typeof step === 'number') await sleep(step);
    else if (step.waitFor) await untilExists(step.waitFor);
    else out.write(typeof step === 'string' ? step : `${JSON.stringify(step)}\n`);
  }
  out.end();
});

/** Streams a text of the given length, which may exceed Lambda's payload limit. */
export const bulk = awslambda.streamifyResponse(async ({ characters, variables }, out) => {
  for (let left = Number(characters ?? variables.characters); left > 0; left -= 100_000) {
    if (!out.write('x'.repeat(Math.min(left, 100_000)))) await new Promise((resolve) => out.once('drain', resolve));
  }
  out.end();
});

/** Returns one item of every MCP content type, with all optional fields. */
export const everyContent = async () => everything;

export const everyMessage = async () => ({
  messages: everything.content.map((content) => ({ role: 'assistant', content })),
});

export * from './primitives.mjs';
export * from './tasks.mjs';
