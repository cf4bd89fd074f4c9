import { type CallToolResult, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { continuationParams, failureText } from '../functions/call-function.js';
import { measureCall } from '../functions/call-metrics.js';
import { readContinuation } from '../functions/continuation.js';
import { toolCall } from '../functions/event.js';
import { readFunctionResponse } from '../functions/function-response.js';
import { invoke } from '../functions/invoke.js';
import { deliverableToolResult } from '../mcp/result-delivery.js';
import { toolFailure, toolResult } from '../mcp/tool-result.js';
import { MODERN_REVISION } from '../protocol/revisions.js';
import type { TaskCall, TaskRecord } from '../tasks/record.js';
import type { TaskChange, TaskEnd } from '../tasks/store.js';
import { inputResponsesOf, readTaskInputRequests } from './input-requests.js';

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

interface TaskContinuation {
  readonly resultType: 'input_required' | 'task';
  readonly change: TaskChange;
}

/** Calls the function of a task once. Throws when `signal` aborts, and when a service of ours fails. */
export async function runStep(
  task: TaskRecord,
  call: TaskCall,
  tool: Registration | undefined,
  options: CallOptions,
): Promise<Step> {
  try {
    if (!tool) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `unknown tool: ${task.tool}`);
    const result = await measureCall(tool.name, options.signal, () => callFunction(task, call, tool, options));
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
): Promise<CallToolResult | TaskContinuation> {
  const answers = task.inputRequests ? inputResponsesOf(task) : inputResponses;
  const made = toolCall(tool, args);
  const registration = { ...tool, timeoutSeconds: tool.timeoutSeconds ?? MAX_SECONDS };
  const outcome = await invoke(
    { ...made, registration, params: { ...made.params, ...continuationParams(answers, task.state) } },
    { ...facts, background: true, taskId: task.taskId },
    options,
  );
  if (outcome.kind !== 'response') return toolFailure(failureText(outcome));
  const answer = readFunctionResponse(outcome.value);
  const wish = readContinuation(tool, answer, { state: task.state, background: true });
  if (wish) {
    if ('refusal' in wish) return toolFailure(wish.refusal);
    return { resultType: 'task', change: wish.continuation };
  }
  const questions = readTaskInputRequests(task, tool, answer, facts.clientCapabilities);
  if (!questions) {
    const { signal } = options;
    return deliverableToolResult(toolResult(answer, tool, MODERN_REVISION), outcome.content, {
      tool,
      revision: MODERN_REVISION,
      signal,
    });
  }
  return 'refusal' in questions ? toolFailure(questions.refusal) : { resultType: 'input_required', ...questions };
}

function goesOn(result: CallToolResult | TaskContinuation): result is TaskContinuation {
  return result.resultType === 'input_required' || result.resultType === 'task';
}
