import type { CallToolResult, ContentBlock, GetPromptResult } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { internalError } from '../protocol/errors.js';
import { STRUCTURED_CONTENT_REVISION } from '../protocol/revisions.js';
import { withinLimits } from '../results/offload.js';
import { log } from '../shared/log.js';
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
    ? { ...result, content: content.map((item) => contentForRevision(item, revision)) }
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
    messages: messages.map((message, n) => ({ ...message, content: contentForRevision(content[n]!, revision) })),
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

/** First revision with audio. */
const AUDIO = '2025-03-26';
/** First revision with links to resources. */
const RESOURCE_LINK = STRUCTURED_CONTENT_REVISION;

/** Content as a revision knows it: clients refuse a whole result for one item of a type that is new to them, so that one becomes text. */
export function contentForRevision(item: ContentBlock, revision: string): ContentBlock {
  if (item.type === 'audio' && revision < AUDIO) {
    const bytes = Buffer.byteLength(item.data, 'base64');
    return asText(
      item,
      `[audio, ${item.mimeType}, ${bytes} bytes: protocol revision ${AUDIO} is the first to carry it]`,
    );
  }
  if (item.type === 'resource_link' && revision < RESOURCE_LINK) {
    const { uri, name, title = name, mimeType, description } = item;
    const type = mimeType ? ` (${mimeType})` : '';
    return asText(item, `${title}${type}: ${uri}${description ? `\n${description}` : ''}`);
  }
  return item;
}

function asText({ annotations, _meta }: ContentBlock, text: string): ContentBlock {
  return { type: 'text', text, ...(annotations ? { annotations } : {}), ...(_meta ? { _meta } : {}) };
}
