/** Consecutive unanswered pings after which the client counts as disconnected. */
const MAX_MISSED = 2;

/** Counts unanswered pings. Lambda does not report that a client has disconnected, so a session detects it by this count. */
export class Liveness {
  private sentAt?: number;
  private missed = 0;

  /**
   * Records a ping that is about to be sent. Returns true if the client has disconnected.
   *
   * @param lastMessageAt when the client's last message arrived, epoch milliseconds
   */
  beforePing(lastMessageAt: number, now = Date.now()): boolean {
    const unanswered = this.sentAt !== undefined && lastMessageAt < this.sentAt;
    this.missed = unanswered ? this.missed + 1 : 0;
    this.sentAt = now;
    return this.missed >= MAX_MISSED;
  }
}
