// Preloaded into a function's process (`node --import`): appends each socket write to the file PACKETS, one JSON object per line.
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';

const { _writeGeneric } = Socket.prototype;
Socket.prototype._writeGeneric = function (several, data, encoding, done) {
  // a connecting socket calls this again when it is connected
  if (!this.connecting) record(several ? data.map(({ chunk }) => chunk) : [data]);
  return _writeGeneric.call(this, several, data, encoding, done);
};

function record(chunks) {
  const text = chunks.map((chunk) => Buffer.from(chunk).toString('latin1')).join('');
  appendFileSync(process.env.PACKETS, `${JSON.stringify({ at: performance.now(), text })}\n`);
}
