import type { Throttle } from './definition.js';

/** API Gateway's throttling of one method: a bucket of `burstLimit` requests which fills at `rateLimit` per second. */
export class TokenBucket {
  private tokens: number;
  private filledAt: number;

  /** @param now clock in milliseconds */
  constructor(
    private readonly throttle: Throttle,
    private readonly now: () => number = Date.now,
  ) {
    this.tokens = throttle.burstLimit;
    this.filledAt = now();
  }

  /** Whether one more request may pass. */
  take(): boolean {
    const now = this.now();
    const gained = ((now - this.filledAt) / 1000) * this.throttle.rateLimit;
    this.tokens = Math.min(this.throttle.burstLimit, this.tokens + gained);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
