/** What became of the messages. */
export class Tally {
  /** Messages that clients sent. */
  sent = 0;
  /** Messages whose result or error arrived. */
  answered = 0;
  /** Messages that the server refused with an HTTP status. */
  refused = 0;
  /** Accepted messages whose client disconnected. */
  abandoned = 0;
  /** Accepted messages whose session ended before the answer: the client knows that it must open another. */
  ended = 0;
  /** Accepted messages that were never answered although the session stayed open, and tasks that never ended. */
  readonly lost: string[] = [];
  /** Answers that arrived twice. */
  readonly twice: string[] = [];
  /** Numbers of refusals by request, status and message. */
  readonly refusals = new Map<string, number>();
  sessions = 0;
  tasks = 0;
  killed = 0;

  /** Counts a refused request. */
  refuse(request: string, status: number, text: string): void {
    const message = /"message": ?"([^"]{0,60})/.exec(text)?.[1] ?? text.slice(0, 60);
    const key = `${request} ${status} ${message}`;
    this.refusals.set(key, (this.refusals.get(key) ?? 0) + 1);
  }

  get open(): number {
    const lost = this.lost.filter((name) => !name.startsWith('task ')).length; // tasks are not messages
    return this.sent - this.answered - this.refused - this.abandoned - this.ended - lost;
  }
}

/** Numbers from 0 to 1, the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
