/** Pings without any message of the client after them that prove it gone. */
const MAX_MISSED = 2;

/** Counts the pings that went unheard. Lambda is not told when a client hangs up, so this is how a session learns it. */
export class Liveness {
  private sentAt?: number;
  private missed = 0;

  /** Call before each ping: whether the client is gone, last heard at `heardAt` (epoch milliseconds). */
  beforePing(heardAt: number, now = Date.now()): boolean {
    const unheard = this.sentAt !== undefined && heardAt < this.sentAt;
    this.missed = unheard ? this.missed + 1 : 0;
    this.sentAt = now;
    return this.missed >= MAX_MISSED;
  }
}
