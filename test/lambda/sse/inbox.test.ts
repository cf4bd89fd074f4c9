import { expect, test } from 'vitest';
import { Inbox } from '../../../lambda/sse/inbox.js';
import { encodeMessage } from '../../../lambda/sse/queue-message.js';

function delivered(id: string, method: string, batch?: { id: string; size: number }) {
  const { MessageBody, MessageAttributes } = encodeMessage({ message: { jsonrpc: '2.0', method }, batch });
  return { MessageId: id, Body: MessageBody, MessageAttributes };
}
const methods = (messages: ReturnType<Inbox['take']>) => messages.map(({ message }) => message.method);

test('a redelivered message is seen once', () => {
  const inbox = new Inbox();
  expect(methods(inbox.take(delivered('1', 'a')))).toEqual(['a']);
  expect(methods(inbox.take(delivered('1', 'a')))).toEqual([]);
  expect(methods(inbox.take(delivered('2', 'a')))).toEqual(['a']);
});

test('what is no JSON-RPC message is dropped', () => {
  expect(new Inbox().take({ MessageId: '1', Body: 'hello' })).toEqual([]);
});

test('a batch is seen when it is whole, other messages meanwhile', () => {
  const inbox = new Inbox();
  const batch = { id: 'r', size: 3 };
  expect(methods(inbox.take(delivered('1', 'a', batch)))).toEqual([]);
  expect(methods(inbox.take(delivered('2', 'x')))).toEqual(['x']);
  expect(methods(inbox.take(delivered('3', 'b', batch)))).toEqual([]);
  expect(methods(inbox.take(delivered('3', 'b', batch)))).toEqual([]); // redelivered: still two of three
  expect(methods(inbox.take(delivered('4', 'c', batch)))).toEqual(['a', 'b', 'c']);
});

test('a batch that never becomes whole is never seen', () => {
  const inbox = new Inbox();
  inbox.take(delivered('1', 'a', { id: 'refused', size: 2 }));
  expect(methods(inbox.take(delivered('2', 'a', { id: 'again', size: 2 })))).toEqual([]);
  expect(methods(inbox.take(delivered('3', 'b', { id: 'again', size: 2 })))).toEqual(['a', 'b']);
});
