import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import { parseMessage } from '../shared/exact-message.js';
import { isObject } from '../shared/json.js';
import type { Principal } from '../shared/principal.js';
import type { RequestTrace } from '../shared/request-trace.js';

/** A JSON-RPC message whose form the message function has checked. The MCP server checks its content. */
export type JsonRpcObject = { readonly [key: string]: unknown };

/** A JSON-RPC message in a session queue. */
export interface QueuedMessage {
  readonly message: JsonRpcObject;
  /** The `MCP-Protocol-Version` header of its request. A client that reconnects does not initialize again. */
  readonly protocolVersion?: string;
  /** The caller of the POST. Absent without authentication. */
  readonly caller?: Principal;
  /** The identifiers of the POST. Its request id is that of the SQS message, so it does not count towards the size. */
  readonly trace?: RequestTrace;
  /** The JSON-RPC batch of which the message is an item. The session handles all `size` items or none. */
  readonly batch?: { readonly id: string; readonly size: number };
}

/** A `QueuedMessage` as input of `SendMessage`. */
export interface EncodedMessage {
  readonly MessageBody: string;
  readonly MessageAttributes?: Record<string, MessageAttributeValue>;
}

/** Largest SQS message, bytes, attributes included. */
export const MAX_QUEUE_MESSAGE_BYTES = 1_048_576;

const PROTOCOL_VERSION = 'protocolVersion';
const CALLER = 'caller';
const TRACE = 'trace';
const BATCH_ID = 'batchId';
const BATCH_SIZE = 'batchSize';

/** Writes JSON in ASCII. SQS rejects characters that XML does not allow, such as U+FFFE and lone surrogates. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function encodeMessage(queued: QueuedMessage): EncodedMessage {
  const attributes: Record<string, MessageAttributeValue> = {};
  if (queued.protocolVersion) attributes[PROTOCOL_VERSION] = stringAttribute(queued.protocolVersion);
  if (queued.caller) attributes[CALLER] = stringAttribute(asciiJson(queued.caller));
  if (queued.trace && Object.keys(queued.trace).length > 0) {
    attributes[TRACE] = stringAttribute(asciiJson(queued.trace));
  }
  if (queued.batch) {
    attributes[BATCH_ID] = stringAttribute(queued.batch.id);
    attributes[BATCH_SIZE] = stringAttribute(String(queued.batch.size));
  }
  const MessageBody = asciiJson(queued.message);
  return Object.keys(attributes).length > 0 ? { MessageBody, MessageAttributes: attributes } : { MessageBody };
}

/** The size that SQS compares with its limit: the body and each attribute's name, type and value. All of them are ASCII. */
export function encodedBytes({ MessageBody, MessageAttributes }: EncodedMessage): number {
  let bytes = MessageBody.length;
  for (const [name, value] of Object.entries(MessageAttributes ?? {})) {
    bytes += name.length + (value.DataType?.length ?? 0) + (value.StringValue?.length ?? 0);
  }
  return bytes;
}

/** Reads a message from a queue. Returns undefined for a message that the message function did not write. */
export function decodeMessage({ Body, Attributes, MessageAttributes = {} }: Message): QueuedMessage | undefined {
  let message: unknown;
  let caller: Principal | undefined;
  let trace: RequestTrace | undefined;
  try {
    message = parseMessage(Body ?? '');
    caller = MessageAttributes[CALLER]?.StringValue && JSON.parse(MessageAttributes[CALLER].StringValue);
    trace = MessageAttributes[TRACE]?.StringValue && JSON.parse(MessageAttributes[TRACE].StringValue);
  } catch {
    return undefined;
  }
  if (!isObject(message)) return undefined;
  const protocolVersion = MessageAttributes[PROTOCOL_VERSION]?.StringValue;
  const id = MessageAttributes[BATCH_ID]?.StringValue;
  const size = Number(MessageAttributes[BATCH_SIZE]?.StringValue);
  const requestId = id ?? Attributes?.MessageDeduplicationId;
  return {
    message,
    ...(protocolVersion ? { protocolVersion } : {}),
    ...(caller ? { caller } : {}),
    ...(trace || requestId ? { trace: { ...trace, ...(requestId ? { requestId } : {}) } } : {}),
    ...(id && Number.isInteger(size) ? { batch: { id, size } } : {}),
  };
}

function stringAttribute(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: value };
}
