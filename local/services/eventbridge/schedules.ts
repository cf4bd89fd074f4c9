/** A scheduled EventBridge rule, or a schedule of EventBridge Scheduler. */
export interface Schedule {
  /** Stack name and logical id. */
  readonly id: string;
  /** Schedule expression, such as `rate(15 minutes)` or `cron(…)`. */
  readonly expression: string;
  readonly enabled: boolean;
  /**
   * Invokes the targets now.
   * @throws if the permissions in the template do not allow it, or a target fails
   */
  fire(): Promise<void>;
}

const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The schedules, with timers for `rate` expressions. Schedules with `cron` expressions fire only on request. */
export class Schedules {
  private readonly schedules = new Map<string, Schedule>();
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly onError: (message: string) => void) {}

  get all(): Schedule[] {
    return [...this.schedules.values()];
  }

  put(schedule: Schedule): void {
    this.remove(schedule.id);
    this.schedules.set(schedule.id, schedule);
    const period = rateMs(schedule.expression);
    if (!schedule.enabled || !period) return;
    const fire = () => void schedule.fire().catch((error: Error) => this.onError(`${schedule.id}: ${error.message}`));
    this.timers.set(schedule.id, setInterval(fire, period).unref());
  }

  remove(id: string): void {
    clearInterval(this.timers.get(id));
    this.timers.delete(id);
    this.schedules.delete(id);
  }

  close(): void {
    for (const id of [...this.schedules.keys()]) this.remove(id);
  }
}

/** Returns the period of a `rate(…)` expression in milliseconds; undefined for other expressions. */
export function rateMs(expression: string): number | undefined {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return unit ? Number(count) * UNIT_MS[unit] : undefined;
}
