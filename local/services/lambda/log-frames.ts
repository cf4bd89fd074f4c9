import type { Readable } from 'node:stream';

/** A log record of a function. The text can have several lines, without a trailing line break. */
export interface LogRecord {
  readonly text: string;
  readonly level?: string;
}

/** Length of a frame header in bytes: type (4), length (4) and timestamp in microseconds (8), big-endian. */
const HEADER_LENGTH = 16;
const MAGIC = 0xa55a00;
/** Log levels by their number in the frame type, above its lowest two bits (JSON flag and timestamp flag). */
const LEVELS = [undefined, 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/**
 * Calls back for each record that a runtime client writes to the file descriptor `_LAMBDA_TELEMETRY_LOG_FD`. It uses the framing protocol of
 * Lambda, which keeps records with several lines together.
 * @see https://github.com/aws/aws-lambda-python-runtime-interface-client, FramedTelemetryLogSink
 */
export function eachRecord(stream: Readable, onRecord: (record: LogRecord) => void): void {
  let rest = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      if (rest.length < HEADER_LENGTH) return;
      const type = rest.readUInt32BE(0);
      const end = HEADER_LENGTH + rest.readUInt32BE(4);
      if (type >>> 8 !== MAGIC) {
        stream.destroy(); // the function itself wrote to the file descriptor: the framing is lost
        return;
      }
      if (rest.length < end) return;
      const level = LEVELS[(type & 0xff) >>> 2];
      const text = rest.toString('utf8', HEADER_LENGTH, end).trimEnd();
      const prefix = `[${level}] `; // added by Java's logger
      onRecord(level ? { text: text.startsWith(prefix) ? text.slice(prefix.length) : text, level } : { text });
      rest = rest.subarray(end);
    }
  });
}
