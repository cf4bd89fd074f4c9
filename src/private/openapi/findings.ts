import { type Place, where } from './place';

/** Something that cannot be carried over into a tool. */
export class Problem extends Error {
  public constructor(
    public readonly place: Place,
    message: string,
  ) {
    super(message);
  }
}

/** A schema so large that its conversion was given up. */
export class TooLarge extends Error {}

/** What a conversion could not carry over: errors refuse the operation, warnings name what its tool lacks. */
export class Findings {
  public readonly errors = new Set<string>();
  public readonly warnings = new Set<string>();

  public error(place: Place, message: string): void {
    this.errors.add(`${where(place)}: ${message}`);
  }

  public warn(place: Place, message: string): void {
    this.warnings.add(`${where(place)}: ${message}`);
  }

  /** The result of `action`, or `fallback` where it throws a problem. */
  public attempt<T>(fallback: T, action: () => T, report: 'error' | 'warn' = 'error'): T {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this[report](error.place, error.message);
      return fallback;
    }
  }
}
