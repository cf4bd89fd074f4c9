import { type CallToolResult, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { readAgain } from '../mcp/again.js';
import { readAnswer } from '../mcp/answer.js';
import { deliverableToolResult } from '../mcp/deliverable.js';
import { toolCall } from '../mcp/event.js';
import { MODERN } from '../mcp/exchange.js';
import { invoke } from '../mcp/invoke.js';
import { measured } from '../mcp/measured.js';
import { failureText, retry } from '../mcp/perform.js';
import { toolFailure, toolResult } from '../mcp/tool-result.js';
import type { TaskCall, TaskRecord } from '../tasks/record.js';
import type { TaskChange, TaskEnd } from '../tasks/store.js';
import { answersOf, readQuestions } from './questions.js';

/** What ends a call whose registration has no timeout is Lambda's own limit, or the runner's. */
const MAX_SECONDS = 900;

/** What one call of a task's function came to. */
export type Step =
  | { readonly kind: 'end'; readonly end: TaskEnd }
  /** It asks the client; `change` is what to keep of that. */
  | { readonly kind: 'ask'; readonly change: TaskChange }
  /** It wants to be called again. */
  | { readonly kind: 'again'; readonly change: TaskChange };

interface CallOptions {
  readonly signal: AbortSignal;
  /** Epoch milliseconds after which the function is not waited for. */
  readonly deadline: number;
}

interface Continuation {
  readonly resultType: 'input_required' | 'task';
  readonly change: TaskChange;
}

/** Calls the function of a task once. Throws when `signal` aborts, and when a service of ours fails. */
export async function attempt(
  task: TaskRecord,
  call: TaskCall,
  tool: Registration | undefined,
  options: CallOptions,
): Promise<Step> {
  try {
    if (!tool) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `unknown tool: ${task.tool}`);
    const result = await measured(tool.name, options.signal, () => callFunction(task, call, tool, options));
    if (goesOn(result)) return { kind: result.resultType === 'task' ? 'again' : 'ask', change: result.change };
    return { kind: 'end', end: { status: 'completed', outcome: { ...result, resultType: 'complete' } } };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const { code, message, data } = error;
    return {
      kind: 'end',
      end: { status: 'failed', outcome: { code, message, ...(data === undefined ? {} : { data }) } },
    };
  }
}

async function callFunction(
  task: TaskRecord,
  { arguments: args, inputResponses, facts }: TaskCall,
  tool: Registration,
  options: CallOptions,
): Promise<CallToolResult | Continuation> {
  const answers = task.inputRequests ? answersOf(task) : inputResponses;
  const made = toolCall(tool, args);
  const registration = { ...tool, timeoutSeconds: tool.timeoutSeconds ?? MAX_SECONDS };
  const outcome = await invoke(
    { ...made, registration, params: { ...made.params, ...retry(answers, task.state) } },
    { ...facts, background: true, taskId: task.taskId },
    options,
  );
  if (outcome.kind !== 'answer') return toolFailure(failureText(outcome));
  const answer = readAnswer(outcome.value);
  const wish = readAgain(tool, answer, { state: task.state, background: true });
  if (wish) {
    if ('refusal' in wish) return toolFailure(wish.refusal);
    return { resultType: 'task', change: wish.again };
  }
  const questions = readQuestions(task, tool, answer, facts.clientCapabilities);
  if (!questions) {
    const { signal } = options;
    return deliverableToolResult(toolResult(answer, tool, MODERN), outcome.content, { tool, revision: MODERN, signal });
  }
  return 'refusal' in questions ? toolFailure(questions.refusal) : { resultType: 'input_required', ...questions };
}

function goesOn(result: CallToolResult | Continuation): result is Continuation {
  return result.resultType === 'input_required' || result.resultType === 'task';
}
