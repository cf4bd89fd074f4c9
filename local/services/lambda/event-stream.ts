import { EventStreamCodec } from '@smithy/eventstream-codec';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** `application/vnd.amazon.eventstream` frame with a piece of the response. */
export const payloadChunk = (bytes: Buffer) => frame('PayloadChunk', 'application/octet-stream', bytes);

/** The last frame of an InvokeWithResponseStream answer. */
export const invokeComplete = (outcome: { ErrorCode?: string; ErrorDetails?: string }) =>
  frame('InvokeComplete', 'application/json', Buffer.from(JSON.stringify(outcome)));

function frame(eventType: string, contentType: string, body: Uint8Array): Uint8Array {
  return codec.encode({
    headers: {
      ':message-type': { type: 'string', value: 'event' },
      ':event-type': { type: 'string', value: eventType },
      ':content-type': { type: 'string', value: contentType },
    },
    body,
  });
}
