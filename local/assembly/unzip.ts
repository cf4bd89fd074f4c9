import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/** Extracts a zip archive into `directory`. ZIP64 and encryption are not supported, as on Lambda. */
export function unzip(archive: string, directory: string): void {
  const bytes = readFileSync(archive);
  let at = endOfDirectory(bytes, archive);
  const entries = bytes.readUInt16LE(at + 10);
  at = bytes.readUInt32LE(at + 16);
  for (let i = 0; i < entries; i++) {
    if (bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error(`${archive} is corrupt: invalid central directory`);
    const method = bytes.readUInt16LE(at + 10);
    const compressedSize = bytes.readUInt32LE(at + 20);
    const nameLength = bytes.readUInt16LE(at + 28);
    const mode = bytes.readUInt32LE(at + 38) >>> 16;
    const header = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);

    const target = resolve(directory, name);
    if (!`${target}${sep}`.startsWith(`${resolve(directory)}${sep}`)) {
      throw new Error(`${archive} has an entry outside the target directory: ${name}`);
    }
    if (name.endsWith('/')) {
      mkdirSync(target, { recursive: true });
      continue;
    }
    // the extra field of the local header may differ in length from the one in the central directory
    const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
    const data = bytes.subarray(start, start + compressedSize);
    if (method !== STORED && method !== DEFLATED)
      throw new Error(`${archive}: unsupported compression method ${method} of ${name}`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, method === STORED ? data : inflateRawSync(data), { mode: mode & 0o777 || 0o644 });
  }
}

function endOfDirectory(bytes: Buffer, archive: string): number {
  for (let at = bytes.length - 22; at >= 0 && at > bytes.length - 22 - 0xffff; at--) {
    if (bytes.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw new Error(`${archive} is not a zip archive`);
}
