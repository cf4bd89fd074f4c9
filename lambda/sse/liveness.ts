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
   * @param excused whether the client could not answer since the last ping, which then counts as answered
   */
  beforePing(lastMessageAt: number, now = Date.now(), excused: (sentAt: number) => boolean = () => false): boolean {
    const { sentAt } = this;
    this.sentAt = now;
    const unanswered = sentAt !== undefined && lastMessageAt < sentAt && !excused(sentAt);
    this.missed = unanswered ? this.missed + 1 : 0;
    return this.missed >= MAX_MISSED;
  }
}
