import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unzip } from '../../../local/assembly/unzip.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'unzip-test-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Entry {
  readonly name: string;
  readonly text: string;
  readonly stored?: boolean;
  readonly mode?: number;
}

/** Creates a zip archive (without checksums, which `unzip` does not verify). */
function zip(entries: readonly Entry[]): string {
  const locals: Buffer[] = [];
  const directoryEntries: Buffer[] = [];
  let offset = 0;
  for (const { name, text, stored, mode = 0o644 } of entries) {
    const data = stored ? Buffer.from(text) : deflateRawSync(text);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(stored ? 0 : 8, 8);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    local.writeUInt16LE(4, 28); // an extra field that is missing in the central directory
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(stored ? 0 : 8, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(text.length, 24);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE(((mode | 0o100000) << 16) >>> 0, 38);
    entry.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), Buffer.alloc(4), data);
    directoryEntries.push(entry, Buffer.from(name));
    offset += 30 + Buffer.byteLength(name) + 4 + data.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(offset, 16);
  const file = join(mkdtempSync(join(directory, 'zip-')), 'code.zip');
  writeFileSync(file, Buffer.concat([...locals, ...directoryEntries, end]));
  return file;
}
const target = () => mkdtempSync(join(directory, 'out-'));

describe('unzip', () => {
  it('extracts compressed and stored files', () => {
    const out = target();
    const text = 'export const x = 1;\n'.repeat(100);
    unzip(
      zip([
        { name: 'lib/', text: '', stored: true },
        { name: 'lib/a.mjs', text },
        { name: 'grüße.txt', text: 'hi', stored: true },
      ]),
      out,
    );
    expect(readFileSync(join(out, 'lib/a.mjs'), 'utf8')).toBe(text);
    expect(readFileSync(join(out, 'grüße.txt'), 'utf8')).toBe('hi');
  });

  it('preserves the executable flag', () => {
    const out = target();
    unzip(zip([{ name: 'bootstrap', text: '#!/bin/sh', mode: 0o755 }]), out);
    expect(statSync(join(out, 'bootstrap')).mode & 0o111).not.toBe(0);
  });

  it.each(['../evil', 'a/../../evil', '/tmp/evil'])('rejects an entry outside the target directory: %s', (name) => {
    expect(() => unzip(zip([{ name, text: '' }]), target())).toThrow(
      `has an entry outside the target directory: ${name}`,
    );
  });

  it('rejects a file that is not an archive', () => {
    const file = join(directory, 'text.zip');
    writeFileSync(file, 'not a zip');
    expect(() => unzip(file, target())).toThrow('text.zip is not a zip archive');
  });
});
