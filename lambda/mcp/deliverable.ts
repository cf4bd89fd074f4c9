import type { CallToolResult, ContentBlock, GetPromptResult } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { withinLimits } from '../results/offload.js';
import { log } from '../shared/log.js';
import { knownContent } from './content.js';
import { internalError } from './errors.js';
import { toolFailure } from './tool-result.js';

/** Said where a result needs the bucket and could not be put there. */
const NOT_STORED = 'the result is too large to be sent, and could not be stored for download';

/** A tool's result as its client can take it: after what the function streamed before it, not too large, of types that the revision knows. */
export async function deliverableToolResult(
  result: CallToolResult,
  streamed: readonly ContentBlock[] | undefined,
  { tool, revision, signal }: { tool: Registration; revision: string; signal: AbortSignal },
): Promise<CallToolResult> {
  const content = await stored(tool, withinLimits([...(streamed ?? []), ...result.content], tool.name, signal), signal);
  return content
    ? { ...result, content: content.map((item) => knownContent(item, revision)) }
    : toolFailure(NOT_STORED);
}

/** The same for the messages of a prompt; what the function streamed before them is the user's. */
export async function deliverablePromptResult(
  result: GetPromptResult,
  streamed: readonly ContentBlock[] | undefined,
  { prompt, revision, signal }: { prompt: Registration; revision: string; signal: AbortSignal },
): Promise<GetPromptResult> {
  const messages = [...(streamed ?? []).map((content) => ({ role: 'user', content }) as const), ...result.messages];
  const contents = messages.map(({ content }) => content);
  const content = await stored(prompt, withinLimits(contents, prompt.name, signal), signal);
  if (!content) throw internalError(NOT_STORED);
  return {
    ...result,
    messages: messages.map((message, n) => ({ ...message, content: knownContent(content[n]!, revision) })),
  };
}

/** Undefined where it could not be stored. */
async function stored<T>({ id }: Registration, content: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await content;
  } catch (error) {
    signal.throwIfAborted();
    log.error('a large result cannot be stored', { error: error as Error, registration: id });
    return undefined;
  }
}
