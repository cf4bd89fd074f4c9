import { describe, expect, test } from 'vitest';
import { asciiJson, decodeMessage, encodedBytes, encodeMessage } from '../../../lambda/sse/queue-message.js';

const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x' } };

describe('queue messages', () => {
  test.each([
    ['plain text', 'abc'],
    ['Latin letters', 'Grüße'],
    ['emoji', '👩‍🚀 🚀'],
    ['noncharacters', '\ufffe\uffff\ufdd0'],
    ['lone surrogates', '\ud800 \udfff'],
    ['control characters', '\u0000\u0007\u001b\u007f\u0085'],
    ['line separators', '\u2028\u2029\r\n'],
  ])('encodes %s as ASCII that SQS accepts', (_, text) => {
    const encoded = encodeMessage({ message: { ...message, params: { text } } });
    expect(encoded.MessageBody).toMatch(/^[\x20-\x7e]*$/);
    expect(decodeMessage({ Body: encoded.MessageBody })?.message).toEqual({ ...message, params: { text } });
  });

  test('carries protocol revision and batch as attributes', () => {
    const queued = { message, protocolVersion: '2025-06-18', batch: { id: 'r-1', size: 3 } };
    const encoded = encodeMessage(queued);
    expect(decodeMessage({ Body: encoded.MessageBody, MessageAttributes: encoded.MessageAttributes })).toEqual({
      ...queued,
      trace: { requestId: 'r-1' },
    });
  });

  test('carries the trace context as an attribute, and the request id as the deduplication id', () => {
    const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, xray: 'Root=1-a' };
    const { MessageBody: Body, MessageAttributes } = encodeMessage({ message, trace });
    const Attributes = { MessageDeduplicationId: 'r-1' };
    expect(decodeMessage({ Body, MessageAttributes, Attributes })).toEqual({
      message,
      trace: { ...trace, requestId: 'r-1' },
    });
  });

  test('adds no attributes if there are none to carry', () => {
    expect(encodeMessage({ message })).toEqual({ MessageBody: JSON.stringify(message) });
  });

  test('measures the escaped body and the attributes, as SQS does', () => {
    const emoji = encodeMessage({ message: { ...message, method: '🚀' } });
    expect(encodedBytes(emoji)).toBe(JSON.stringify({ ...message, method: '' }).length + 12);
    const versioned = encodeMessage({ message, protocolVersion: '2025-06-18' });
    expect(encodedBytes(versioned)).toBe(
      JSON.stringify(message).length + 'protocolVersion'.length + 'String'.length + '2025-06-18'.length,
    );
  });

  test.each([
    ['not JSON', '{'],
    ['an array', '[1]'],
    ['null', 'null'],
    ['an absent body', undefined],
  ])('rejects %s', (_, Body) => {
    expect(decodeMessage({ Body })).toBeUndefined();
  });

  test('asciiJson does not change ASCII', () => {
    expect(asciiJson({ a: '"~ ' })).toBe('{"a":"\\"~ "}');
  });
});
