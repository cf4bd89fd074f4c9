import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { eachRecord, type LogRecord } from '../../../local/services/lambda/log-frames.js';
import { parseLine } from '../../../local/services/lambda/log-lines.js';

function frame(type: number, text: string): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32BE(type);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  header.writeBigUInt64BE(1_795_000_000_000_000n, 8);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function recordsOf(...chunks: Buffer[]): Promise<LogRecord[]> {
  const stream = new PassThrough();
  const records: LogRecord[] = [];
  eachRecord(stream, (record) => records.push(record));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await new Promise((resolve) => stream.once('close', resolve));
  return records;
}

describe('eachRecord', () => {
  const frames = Buffer.concat([
    frame(0xa55a0003, 'grüß dich 👋\nline 2\n'),
    frame(0xa55a0013, '[WARN] beware of [WARN] signs'),
    frame(0xa55a000f, 'signs say [INFO] a lot'),
    frame(0xa55a0016, '{"level":"ERROR"}'),
    frame(0xa55a0003, ''),
  ]);
  const records = [
    { text: 'grüß dich 👋\nline 2' },
    { text: 'beware of [WARN] signs', level: 'WARN' },
    { text: 'signs say [INFO] a lot', level: 'INFO' },
    { text: '{"level":"ERROR"}', level: 'ERROR' },
    { text: '' },
  ];

  it('returns records with line breaks and level', async () => {
    expect(await recordsOf(frames)).toEqual(records);
  });

  it('reassembles records from chunks of any size', async () => {
    expect(await recordsOf(...[...frames].map((byte) => Buffer.from([byte])))).toEqual(records);
  });

  it('stops at data that is not a frame', async () => {
    expect(await recordsOf(frame(0xa55a0003, 'first'), Buffer.from('not a frame at all'))).toEqual([{ text: 'first' }]);
  });
});

describe('parseLine', () => {
  it("returns message, level and request id of Python's logging format", () => {
    expect(parseLine('[WARNING]\t2026-11-22T11:28:10.968Z\t6112369d\tbe\tware\nof it')).toEqual({
      text: 'be\tware\nof it',
      level: 'WARN',
      requestId: '6112369d',
    });
    expect(parseLine('[INFO]\t2026-11-22T11:28:10.968Z\t\tat import')).toEqual({ text: 'at import', level: 'INFO' });
    expect(parseLine('[INFO] mine')).toEqual({ text: '[INFO] mine' });
  });
});
