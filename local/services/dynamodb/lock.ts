/** A lock for calls: many shared ones at a time, or one exclusive one. */
export class CallLock {
  private active = 0;
  private exclusive: Promise<void> = Promise.resolve();
  private onIdle: (() => void) | undefined;

  async shared<T>(work: () => Promise<T>): Promise<T> {
    let seen: Promise<void>;
    do {
      seen = this.exclusive;
      await seen;
    } while (seen !== this.exclusive);
    this.active += 1;
    try {
      return await work();
    } finally {
      this.active -= 1;
      if (this.active === 0) this.onIdle?.();
    }
  }

  async runExclusive<T>(work: () => Promise<T>): Promise<T> {
    const previous = this.exclusive;
    let release!: () => void;
    this.exclusive = new Promise((resolve) => {
      release = resolve;
    });
    await previous;
    if (this.active > 0) {
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
      this.onIdle = undefined;
    }
    try {
      return await work();
    } finally {
      release();
    }
  }
}
