import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Environment that records the socket writes of a function in a file. */
export const recordPackets = (file: string) => ({
  PACKETS: file,
  NODE_OPTIONS: `--import=${resolve('test/support/packet-recorder.mjs')}`,
});

/**
 * The parts of a response in each packet that has any, and the time between the packets, milliseconds. A part is found by its text; `head`
 * and `comment` are those of an event stream.
 */
export function packetLayout(file: string, parts: Readonly<Record<string, string>>) {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const texts = Object.entries({ head: '"statusCode":200', ...parts, comment: '\r\n:\n\n' });
  const found = lines.flatMap((line) => {
    const { at, text } = JSON.parse(line) as { at: number; text: string };
    const names = texts.flatMap(([name, part]) => (text.includes(part) ? [name] : []));
    return names.length > 0 ? [{ at, names: names.join('+') }] : [];
  });
  return { order: found.map(({ names }) => names), gaps: found.slice(1).map(({ at }, i) => at - found[i]!.at) };
}
