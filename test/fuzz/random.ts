/** Random values that a seed determines. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  }

  /** A number from 0 up to, but not including, 1 (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 to `max`, inclusive. */
  upTo(max: number): number {
    return Math.floor(this.next() * (max + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.upTo(values.length - 1)]!;
  }

  /** The result of one of the functions. */
  oneOf<T>(...choices: ReadonlyArray<() => T>): T {
    return this.pick(choices)();
  }

  many<T>(max: number, create: () => T): T[] {
    return Array.from({ length: this.upTo(max) }, create);
  }
}
