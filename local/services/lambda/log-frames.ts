import type { Readable } from 'node:stream';

/** A record that a function has logged: with line breaks in it, and none at its end. */
export interface LogRecord {
  readonly text: string;
  readonly level?: string;
}

/** Bytes of a frame before its text: type, length, and microseconds in 8 bytes; big-endian. */
const HEADER_LENGTH = 16;
const MAGIC = 0xa55a00;
/** In the bits of a frame's type above the lowest two, which say whether the text is JSON and that there is a time. */
const LEVELS = [undefined, 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/**
 * Calls back for each record that a runtime client writes to the file descriptor `_LAMBDA_TELEMETRY_LOG_FD`, in the frames that it
 * has with Lambda: there a record is one, however many lines it has and whether its last one ends or not.
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
        stream.destroy(); // the function has written there itself: no frame can be found any more
        return;
      }
      if (rest.length < end) return;
      const level = LEVELS[(type & 0xff) >>> 2];
      const text = rest.toString('utf8', HEADER_LENGTH, end).trimEnd();
      const prefix = `[${level}] `; // of Java's logger
      onRecord(level ? { text: text.startsWith(prefix) ? text.slice(prefix.length) : text, level } : { text });
      rest = rest.subarray(end);
    }
  });
}
