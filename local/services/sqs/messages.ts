import { createHash } from 'node:crypto';
import { EMBEDDED_ACCOUNT } from '../fauxqs/server.js';

/*
 * fauxqs rejects characters above U+FFFF (emoji) in message bodies. They are escaped between two characters of the private use area, and
 * restored in responses, with their digests.
 */
const SURROGATE_PAIR = /[\ud800-\udbff][\udc00-\udfff]/;
const ESCAPE = { start: '\uf8f0', end: '\uf8f1' };
const ESCAPED = new RegExp(`${ESCAPE.start}([0-9a-f]+)${ESCAPE.end}`, 'g');

type Message = Record<string, any>;

/** Escapes the bodies of `SendMessage` and `SendMessageBatch`. Returns the same input if there is nothing to escape. */
export function escapeMessages(input: Message): Message {
  if (input.Entries?.some(isEscapable)) return { ...input, Entries: input.Entries.map(escapeMessage) };
  return isEscapable(input) ? escapeMessage(input) : input;
}

/**
 * Restores escaped bodies, their digests, and the account in notifications of SNS.
 * @param input the request, with bodies that are not escaped
 */
export function restoreMessages(response: string, input: Message, accountId: string): string {
  const output = JSON.parse(response) as Message;
  if (Array.isArray(output.Messages)) {
    return JSON.stringify({ ...output, Messages: output.Messages.map((each) => restoreMessage(each, accountId)) });
  }
  if (isEscapable(input)) return JSON.stringify({ ...output, MD5OfMessageBody: md5(input.MessageBody) });
  if (!input.Entries?.some(isEscapable)) return response;
  const bodies = new Map<string, string>(input.Entries.map(({ Id, MessageBody }: Message) => [Id, MessageBody]));
  const Successful = output.Successful?.map((each: Message) => ({
    ...each,
    MD5OfMessageBody: md5(bodies.get(each.Id)!),
  }));
  return JSON.stringify({ ...output, Successful });
}

function isEscapable({ MessageBody }: Message): boolean {
  return typeof MessageBody === 'string' && SURROGATE_PAIR.test(MessageBody);
}

function escapeMessage(message: Message): Message {
  if (!isEscapable(message)) return message;
  const body = Array.from(message.MessageBody as string, (character) =>
    character.length > 1 ? `${ESCAPE.start}${character.codePointAt(0)!.toString(16)}${ESCAPE.end}` : character,
  );
  return { ...message, MessageBody: body.join('') };
}

function restoreMessage(message: Message, accountId: string): Message {
  const { Body } = message;
  if (typeof Body !== 'string') return message;
  const text = withAccount(
    Body.replaceAll(ESCAPED, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16))),
    accountId,
  );
  return text === Body ? message : { ...message, Body: text, MD5OfBody: md5(text) };
}

/** Replaces the account in the addresses of an SNS notification. */
function withAccount(body: string, accountId: string): string {
  if (!body.startsWith('{"Type":"Notification"')) return body;
  try {
    const { TopicArn, UnsubscribeURL, ...notification } = JSON.parse(body) as Record<string, string>;
    const rewrite = (text = '') => text.replaceAll(`:${EMBEDDED_ACCOUNT}:`, `:${accountId}:`);
    return JSON.stringify({ ...notification, TopicArn: rewrite(TopicArn), UnsubscribeURL: rewrite(UnsubscribeURL) });
  } catch {
    return body;
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
