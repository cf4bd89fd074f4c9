import { type ContentBlock, specTypeSchemas } from '@modelcontextprotocol/server';
import { isObject } from './answer.js';
import { LOG_LEVELS, type LogMessage, type Progress } from './live.js';

/** What one line of a streaming function says. */
export type StreamMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'log'; readonly message: LogMessage }
  | { readonly kind: 'content'; readonly content: readonly ContentBlock[] }
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  /** It has the form of such a line, and what it holds does not fit. */
  | { readonly kind: 'invalid'; readonly problem: string };

const KEYS = ['progress', 'log', 'content', 'result', 'error'] as const;

/** How a line begins that is meant to be one of these, however long it is. */
export const LINE_START = new RegExp(String.raw`^\s*\{\s*"(${KEYS.join('|')})"\s*:`);

/** Reads a line; undefined for one that is no JSON object whose one key is that of a stream message. */
export function readMessage(line: string): StreamMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const [key, ...more] = Object.keys(value);
  const kind = KEYS.find((each) => each === key);
  if (!kind || more.length > 0) return undefined;
  const held = value[kind];
  switch (kind) {
    case 'progress':
      return readProgress(held);
    case 'log':
      return readLog(held);
    case 'content':
      return readContent(held);
    case 'result':
      return { kind, value: held };
    case 'error':
      return { kind, error: held };
  }
}

function readProgress(held: unknown): StreamMessage {
  const { progress, total, message } = isObject(held) ? held : {};
  const fits =
    typeof progress === 'number' && isOptional(total, 'number') && isOptional(message, 'string') && isObject(held);
  if (!fits) return invalid('progress is not { "progress": number, "total"?: number, "message"?: string }');
  return { kind: 'progress', progress: { progress, ...present({ total, message }) } as Progress };
}

function readLog(held: unknown): StreamMessage {
  const { level, logger, data } = isObject(held) ? held : {};
  const fits = LOG_LEVELS.includes(level as string) && isOptional(logger, 'string') && data !== undefined;
  if (!fits)
    return invalid(`log is not { "level", "logger"?: string, "data" } with a level of ${LOG_LEVELS.join(', ')}`);
  return { kind: 'log', message: { level, ...present({ logger }), data } as LogMessage };
}

function readContent(held: unknown): StreamMessage {
  if (!Array.isArray(held)) return invalid('content is not an array');
  const content: ContentBlock[] = [];
  for (const [index, item] of held.entries()) {
    const parsed = specTypeSchemas.ContentBlock['~standard'].validate(item);
    if (!('value' in parsed)) return invalid(`content/${index} is not valid MCP content`);
    content.push(parsed.value as ContentBlock);
  }
  return { kind: 'content', content };
}

const invalid = (problem: string): StreamMessage => ({ kind: 'invalid', problem });

function isOptional(value: unknown, type: 'number' | 'string'): boolean {
  return value === undefined || typeof value === type;
}

function present(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
