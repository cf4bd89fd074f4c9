import type { Throttle } from './definition.js';

/** Throttles a method with a token bucket of `burstLimit` tokens, which refills with `rateLimit` tokens per second. */
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

  /** Takes a token. Returns false if the request must be throttled. */
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
