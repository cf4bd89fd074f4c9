import type { CallToolResult, ContentBlock, GetPromptResult } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import { internalError } from '../protocol/errors.js';
import { AUDIO_REVISION, STRUCTURED_CONTENT_REVISION } from '../protocol/revisions.js';
import { offloadLargeContent } from '../results/offload.js';
import { safeContent } from '../results/safe-result.js';
import { log } from '../shared/log.js';
import { toolFailure } from './tool-result.js';

const NOT_STORED = 'the result is too large to be sent, and could not be stored for download';

/** Some clients refuse a result without content. */
const NO_CONTENT: ContentBlock = { type: 'text', text: 'null' };
const NO_ERROR_MESSAGE: ContentBlock = { type: 'text', text: 'the handler reported an error without a message' };

/**
 * Prepares the result of a tool for its client: adds the streamed content, replaces large content by result links, and converts content
 * that the revision does not support.
 */
export async function deliverableToolResult(
  result: CallToolResult,
  streamed: readonly ContentBlock[] | undefined,
  { tool, revision, signal }: { tool: Registration; revision: string; signal: AbortSignal },
): Promise<CallToolResult> {
  const all = [...(streamed ?? []), ...result.content].map((item) => safeContent(item, `tool-result:${tool.name}`));
  if (all.length === 0) all.push(result.isError ? NO_ERROR_MESSAGE : NO_CONTENT);
  const content = await offload(tool, all, signal);
  return content
    ? { ...result, content: content.map((item) => contentForRevision(item, revision)) }
    : toolFailure(NOT_STORED);
}

/** Prepares the result of a prompt for its client like that of a tool. Streamed content becomes user messages before the others. */
export async function deliverablePromptResult(
  result: GetPromptResult,
  streamed: readonly ContentBlock[] | undefined,
  { prompt, revision, signal }: { prompt: Registration; revision: string; signal: AbortSignal },
): Promise<GetPromptResult> {
  const messages = [...(streamed ?? []).map((content) => ({ role: 'user', content }) as const), ...result.messages];
  const contents = messages.map(({ content }) => safeContent(content, `prompt-result:${prompt.name}`));
  const content = await offload(prompt, contents, signal);
  if (!content) throw internalError(NOT_STORED);
  return {
    ...result,
    messages: messages.map((message, n) => ({ ...message, content: contentForRevision(content[n]!, revision) })),
  };
}

/** Converts content that a revision does not support to text: its clients would reject the whole result. */
export function contentForRevision(item: ContentBlock, revision: string): ContentBlock {
  if (item.type === 'audio' && revision < AUDIO_REVISION) {
    const bytes = Buffer.byteLength(item.data, 'base64');
    return asText(item, `[audio, ${item.mimeType}, ${bytes} bytes: requires protocol revision ${AUDIO_REVISION}]`);
  }
  if (item.type === 'resource_link' && revision < STRUCTURED_CONTENT_REVISION) {
    const { uri, name, title = name, mimeType, description } = item;
    const type = mimeType ? ` (${mimeType})` : '';
    return asText(item, `${title}${type}: ${uri}${description ? `\n${description}` : ''}`);
  }
  return item;
}

/** Replaces large content by result links; undefined if the result bucket fails. */
async function offload(
  { id, name }: Registration,
  content: readonly ContentBlock[],
  signal: AbortSignal,
): Promise<ContentBlock[] | undefined> {
  try {
    return await offloadLargeContent(content, name, signal);
  } catch (error) {
    signal.throwIfAborted();
    log.error('cannot store a large result', { error: error as Error, registration: id });
    return undefined;
  }
}

function asText({ annotations, _meta }: ContentBlock, text: string): ContentBlock {
  return { type: 'text', text, ...(annotations ? { annotations } : {}), ...(_meta ? { _meta } : {}) };
}
