import { type CallToolResult, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { type AuditedCall, auditCall } from '../audit/call.js';
import { note } from '../audit/notes.js';
import { continuationParams, failureText } from '../functions/call-function.js';
import { measureCall } from '../functions/call-metrics.js';
import { readContinuation } from '../functions/continuation.js';
import { toolCall } from '../functions/event.js';
import { eventTypeOf } from '../functions/events/index.js';
import { readFunctionResponse } from '../functions/function-response.js';
import { invoke } from '../functions/invoke.js';
import { deliverableToolResult } from '../mcp/result-delivery.js';
import { toolFailure, toolResult } from '../mcp/tool-result.js';
import { MODERN_REVISION } from '../protocol/revisions.js';
import type { TaskCall, TaskRecord } from '../tasks/record.js';
import type { TaskChange, TaskEnd } from '../tasks/store.js';
import { inputResponsesOf, readTaskInputRequests } from './input-requests.js';

/** Timeout of a call whose registration has none: the Lambda maximum, seconds. */
const MAX_TIMEOUT_SECONDS = 900;

/** Outcome of one call of a task's handler. */
export type Step =
  | { readonly kind: 'end'; readonly end: TaskEnd }
  /** The handler requests input from the client; `change` holds the input requests. */
  | { readonly kind: 'input'; readonly change: TaskChange }
  /** The handler needs another call. */
  | { readonly kind: 'continue'; readonly change: TaskChange };

interface CallOptions {
  readonly signal: AbortSignal;
  /** Epoch milliseconds after which the handler is not awaited. */
  readonly deadline: number;
}

interface TaskContinuation {
  readonly resultType: 'input_required' | 'task';
  readonly change: TaskChange;
}

/** Calls the handler of a task once. Throws if `signal` aborts or an AWS service fails. */
export async function runStep(
  task: TaskRecord,
  call: TaskCall,
  tool: Registration | undefined,
  options: CallOptions,
): Promise<Step> {
  try {
    if (!tool) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `unknown tool: ${task.tool}`);
    const result = await auditCall(auditedStep(task, call, options), () => {
      note({ registration: tool });
      return measureCall(tool.name, options.signal, () => callHandler(task, call, tool, options));
    });
    if (isContinuation(result)) {
      return { kind: result.resultType === 'task' ? 'continue' : 'input', change: result.change };
    }
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

function auditedStep(
  { taskId, tool, toolset, principal }: TaskRecord,
  { arguments: args, facts }: TaskCall,
  { signal }: CallOptions,
): AuditedCall {
  const { client, transport, sessionId, meta } = facts;
  const caller = facts.principal ?? (principal === undefined ? null : { id: principal });
  return {
    kind: 'task-step',
    name: tool,
    arguments: args,
    principal: caller,
    client,
    transport,
    sessionId,
    toolset,
    meta: { ...meta, ...facts.trace },
    taskId,
    signal,
  };
}

async function callHandler(
  task: TaskRecord,
  { arguments: args, inputResponses, facts }: TaskCall,
  tool: Registration,
  options: CallOptions,
): Promise<CallToolResult | TaskContinuation> {
  const responses = task.inputRequests ? inputResponsesOf(task) : inputResponses;
  const call = toolCall(tool, args);
  const registration = { ...tool, timeoutSeconds: tool.timeoutSeconds ?? MAX_TIMEOUT_SECONDS };
  const outcome = await invoke(
    { ...call, registration, params: { ...call.params, ...continuationParams(responses, task.state) } },
    { ...facts, background: true, taskId: task.taskId },
    options,
  );
  if (outcome.kind !== 'response') return toolFailure(failureText(outcome));
  const response = readFunctionResponse(outcome.value, call.method, eventTypeOf(call));
  const continuation = readContinuation(tool, response, { state: task.state, background: true });
  if (continuation) {
    if ('refusal' in continuation) return toolFailure(continuation.refusal);
    return { resultType: 'task', change: continuation.continuation };
  }
  const input = readTaskInputRequests(task, tool, response, facts.clientCapabilities);
  if (!input) {
    const { signal } = options;
    return deliverableToolResult(toolResult(response, tool, MODERN_REVISION), outcome.content, {
      tool,
      revision: MODERN_REVISION,
      signal,
    });
  }
  return 'refusal' in input ? toolFailure(input.refusal) : { resultType: 'input_required', ...input };
}

function isContinuation(result: CallToolResult | TaskContinuation): result is TaskContinuation {
  return result.resultType === 'input_required' || result.resultType === 'task';
}
