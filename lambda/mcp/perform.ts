import {
  type InputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { JsonObject } from '../../src/private/registration.js';
import { type Answer, readAnswer } from './answer.js';
import { ask, bindingOf, openState } from './asking.js';
import type { FunctionCall } from './event.js';
import { type Conversation, factsOf } from './exchange.js';
import { invoke, type Outcome } from './invoke.js';

/** What a call came to: something to answer with, a question to the client, or a failure that has a text. */
export type Performed =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'asks'; readonly result: InputRequiredResult }
  | {
      readonly kind: 'failed';
      readonly text: string /** The text is the function's own. */;
      readonly thrown?: boolean;
    };

/** Calls the function of a tool, prompt or resource, in whichever round of asking the client it is. */
export async function perform(conversation: Conversation, ctx: ServerContext, call: FunctionCall): Promise<Performed> {
  const { mcpReq } = ctx;
  const binding = bindingOf(conversation, call.registration, call.params);
  const sealed = mcpReq.requestState();
  const previous = sealed === undefined ? { round: 0 } : await openState(conversation, String(sealed), binding);
  if (!previous) {
    const reason = { reason: 'invalid_request_state' };
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'invalid or expired requestState', reason);
  }
  const outcome = await invoke(
    { ...call, params: { ...call.params, ...retry(mcpReq.inputResponses, previous.state) } },
    factsOf(conversation, ctx),
    { signal: mcpReq.signal, deadline: conversation.exchange.deadline },
  );
  if (outcome.kind !== 'answer') {
    return { kind: 'failed', text: failureText(outcome), thrown: outcome.kind === 'thrown' };
  }
  const answer = readAnswer(outcome.value);
  if (answer.kind !== 'result' || answer.resultType === 'complete') return { kind: 'answer', answer };
  if (answer.resultType !== 'input_required') {
    return {
      kind: 'failed',
      text: `the function answered with resultType ${JSON.stringify(answer.resultType)}, which is not served here`,
    };
  }
  const question = await ask(conversation, call.registration, answer.result, previous, binding);
  return 'refusal' in question ? { kind: 'failed', text: question.refusal } : { kind: 'asks', ...question };
}

function retry(inputResponses: unknown, requestState: string | undefined): JsonObject {
  return {
    ...(inputResponses === undefined ? {} : { inputResponses }),
    ...(requestState === undefined ? {} : { requestState }),
  };
}

/** What a client reads of a call that brought no answer. */
export function failureText(outcome: Exclude<Outcome, { kind: 'answer' }>): string {
  switch (outcome.kind) {
    case 'thrown':
      return outcome.message ? `${outcome.type}: ${outcome.message}` : outcome.type;
    case 'timeout':
      return `no answer within ${outcome.seconds} s`;
    case 'tooLarge':
      return outcome.what === 'answer'
        ? 'the answer is larger than the 6 MB that Lambda delivers: ask for less'
        : 'the arguments are larger than the 6 MB that Lambda takes';
    case 'refused':
      return outcome.reason === 'TooManyRequestsException'
        ? 'too many calls at once: try again later'
        : `the function cannot be invoked (${outcome.reason})`;
  }
}
