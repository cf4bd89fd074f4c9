/** The names of the limits, as in `limits` of the server. */
export type LimitName = 'sessions' | 'listeners' | 'tasks' | 'httpSessionsPerHour';

/** The use of a limit, without the new session, listener or task. */
export interface Usage {
  readonly limit: LimitName;
  readonly value: number;
  readonly taken: number;
  /** How many of them this caller has. Undefined without an identity. */
  readonly held: number | undefined;
}

/** The share of the places that must be taken before callers are limited to theirs. */
const NEARLY_FULL = 3 / 4;
/** The share of one caller when the server is nearly full. */
const CALLER_SHARE = 1 / 4;

/** What a place is called in messages. */
const NOUNS: Readonly<Record<LimitName, string>> = {
  sessions: 'sessions',
  listeners: 'listeners',
  tasks: 'unfinished tasks',
  httpSessionsPerHour: 'sessions of this hour',
};

/** The role session's ARN without the session name, which its caller chooses. */
const ROLE_SESSION = /^(arn:[\w-]+:sts::\d{12}:assumed-role\/.+)\/[^/]+$/;

/** The caller by which shares are counted: an IAM role without the name of its session, or any other principal (docs/adr/016). */
export function shareOwner(principal: string | undefined): string | undefined {
  return principal === undefined ? undefined : (ROLE_SESSION.exec(principal)?.[1] ?? principal);
}

/** A caller has its share of a server that is nearly full. */
export class ShareReached extends Error {
  readonly limit: LimitName;
  readonly value: number;

  constructor(
    { limit, value, held, taken }: Usage,
    /** Seconds after which a retry can succeed. */
    readonly retryAfter: number,
  ) {
    const noun = NOUNS[limit];
    super(
      `too many ${noun} of this caller: it has ${held} and the server ${taken} of ${value} (limits.${limit}); when three quarters are taken, ` +
        `a caller can have a quarter. ${REMEDIES[limit]}, or raise limits.${limit}`,
    );
    this.limit = limit;
    this.value = value;
  }
}

const REMEDIES: Readonly<Record<LimitName, string>> = {
  sessions: 'Close sessions that are not used',
  listeners: 'Close streams that are not used',
  tasks: 'Wait for tasks to end, or cancel them',
  httpSessionsPerHour: 'Use sessions that are open',
};

/** Whether so many places are taken that callers are limited to their shares. */
export function isNearlyFull({ value, taken }: Pick<Usage, 'value' | 'taken'>): boolean {
  return taken > value * NEARLY_FULL;
}

/** Whether a caller has its share: more than a quarter of the places, while more than three quarters are taken. */
export function exceedsShare(usage: Usage): boolean {
  const { value, held } = usage;
  return held !== undefined && isNearlyFull(usage) && held > value * CALLER_SHARE;
}

/** Whether all places are taken. */
export function isFull({ value, taken }: Usage): boolean {
  return taken >= value;
}
