import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';

/** A JSON-RPC message as the message function checked it: an object; what it means is the MCP server's business. */
export type JsonRpcObject = { readonly [key: string]: unknown };

/** One JSON-RPC message on its way through a session's queue. */
export interface QueuedMessage {
  readonly message: JsonRpcObject;
  /** The `MCP-Protocol-Version` it came with: a client that reconnects does not initialize again. */
  readonly protocolVersion?: string;
  /** The JSON-RPC batch it is an item of: the reader takes all `size` of them or none. */
  readonly batch?: { readonly id: string; readonly size: number };
}

/** `SendMessage` input that carries a `QueuedMessage`. */
export interface EncodedMessage {
  readonly MessageBody: string;
  readonly MessageAttributes?: Record<string, MessageAttributeValue>;
}

/** Most bytes of an SQS message, attributes included. */
export const MAX_QUEUE_MESSAGE_BYTES = 1_048_576;

const PROTOCOL_VERSION = 'protocolVersion';
const BATCH_ID = 'batchId';
const BATCH_SIZE = 'batchSize';

/** JSON in ASCII only: SQS takes XML's characters and no others, so neither U+FFFE nor a lone surrogate. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function encodeMessage(queued: QueuedMessage): EncodedMessage {
  const attributes: Record<string, MessageAttributeValue> = {};
  if (queued.protocolVersion) attributes[PROTOCOL_VERSION] = text(queued.protocolVersion);
  if (queued.batch) {
    attributes[BATCH_ID] = text(queued.batch.id);
    attributes[BATCH_SIZE] = text(String(queued.batch.size));
  }
  const MessageBody = asciiJson(queued.message);
  return Object.keys(attributes).length > 0 ? { MessageBody, MessageAttributes: attributes } : { MessageBody };
}

/** What SQS counts against its limit: the body and each attribute's name, type and value. All of it is ASCII. */
export function encodedBytes({ MessageBody, MessageAttributes }: EncodedMessage): number {
  let bytes = MessageBody.length;
  for (const [name, value] of Object.entries(MessageAttributes ?? {})) {
    bytes += name.length + (value.DataType?.length ?? 0) + (value.StringValue?.length ?? 0);
  }
  return bytes;
}

/** The message that came out of a queue; undefined for one that the message function cannot have written. */
export function decodeMessage({ Body, MessageAttributes = {} }: Message): QueuedMessage | undefined {
  let message: unknown;
  try {
    message = JSON.parse(Body ?? '');
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return undefined;
  const protocolVersion = MessageAttributes[PROTOCOL_VERSION]?.StringValue;
  const id = MessageAttributes[BATCH_ID]?.StringValue;
  const size = Number(MessageAttributes[BATCH_SIZE]?.StringValue);
  return {
    message: message as JsonRpcObject,
    ...(protocolVersion ? { protocolVersion } : {}),
    ...(id && Number.isInteger(size) ? { batch: { id, size } } : {}),
  };
}

function text(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: value };
}
