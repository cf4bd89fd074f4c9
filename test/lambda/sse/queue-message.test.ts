import { describe, expect, test } from 'vitest';
import { asciiJson, decodeMessage, encodedBytes, encodeMessage } from '../../../lambda/sse/queue-message.js';

const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x' } };

describe('queue messages', () => {
  test.each([
    ['plain', 'abc'],
    ['Latin', 'Grüße'],
    ['emoji', '👩‍🚀 🚀'],
    ['noncharacters', '\ufffe\uffff\ufdd0'],
    ['lone surrogates', '\ud800 \udfff'],
    ['control characters', '\u0000\u0007\u001b\u007f\u0085'],
    ['line separators', '\u2028\u2029\r\n'],
  ])('%s survive as ASCII that SQS takes', (_, text) => {
    const encoded = encodeMessage({ message: { ...message, params: { text } } });
    expect(encoded.MessageBody).toMatch(/^[\x20-\x7e]*$/);
    expect(decodeMessage({ Body: encoded.MessageBody })?.message).toEqual({ ...message, params: { text } });
  });

  test('carry revision and batch beside the message', () => {
    const queued = { message, protocolVersion: '2025-06-18', batch: { id: 'r-1', size: 3 } };
    const encoded = encodeMessage(queued);
    expect(decodeMessage({ Body: encoded.MessageBody, MessageAttributes: encoded.MessageAttributes })).toEqual(queued);
  });

  test('have no attributes where there is nothing to say', () => {
    expect(encodeMessage({ message })).toEqual({ MessageBody: JSON.stringify(message) });
  });

  test('are measured as SQS measures them: escaped, with attributes', () => {
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
    ['nothing', undefined],
  ])('%s is no message', (_, Body) => {
    expect(decodeMessage({ Body })).toBeUndefined();
  });

  test('asciiJson leaves ASCII as it is', () => {
    expect(asciiJson({ a: '"~ ' })).toBe('{"a":"\\"~ "}');
  });
});
