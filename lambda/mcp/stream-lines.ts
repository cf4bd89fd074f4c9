const NEWLINE = 0x0a;

/** Puts the pieces of a stream together to lines. */
export class StreamLines {
  private rest: Uint8Array[] = [];
  /** Bytes of the line that has no end yet. */
  unfinished = 0;

  /** The lines that a piece completes, without their ends. */
  *take(piece: Uint8Array): Generator<string> {
    let from = 0;
    for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, from)) {
      this.add(piece.subarray(from, at));
      from = at + 1;
      yield this.flush();
    }
    this.add(piece.subarray(from));
  }

  /** What came after the last end of a line. */
  flush(): string {
    const line = Buffer.concat(this.rest).toString('utf8');
    this.rest = [];
    this.unfinished = 0;
    return line;
  }

  private add(part: Uint8Array): void {
    if (part.length === 0) return;
    this.rest.push(part);
    this.unfinished += part.length;
  }
}
