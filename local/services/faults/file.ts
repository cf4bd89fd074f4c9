import { isObject } from '../../../src/private/validation/checks.js';

/** The kinds of faults, with the properties that each allows besides the selection. */
const PROPERTIES = {
  throttle: [],
  error: ['when', 'code', 'status', 'message'],
  delay: ['when', 'milliseconds'],
  reset: ['when'],
  noAnswer: ['when'],
  duplicate: [],
} as const;

export type FaultType = keyof typeof PROPERTIES;

/** A fault of a file, with defaults. */
export interface Fault {
  readonly type: FaultType;
  /** Names of the service in signatures, with `*`: selects AWS calls. */
  readonly service?: readonly string[];
  readonly operation?: readonly string[];
  /** Construct paths or names of the functions that call. */
  readonly caller?: readonly string[];
  /** Construct paths or names of the functions that are invoked: selects invocations. */
  readonly function?: readonly string[];
  /** The probability for each selected call. */
  readonly share: number;
  /** The number of calls after which the fault is over. */
  readonly times: number;
  /** Whether the fault happens before the service acts, or after it has acted and before it answers. */
  readonly when: 'before' | 'after';
  readonly milliseconds: number;
  readonly code?: string;
  readonly status?: number;
  readonly message?: string;
}

/** The content of a file for `--faults`. */
export interface FaultPlan {
  readonly seed: number;
  readonly faults: readonly Fault[];
}

/** Longest delay: Lambda's maximum timeout, in milliseconds. */
const MAX_DELAY_MS = 900_000;
const SELECTION = ['service', 'operation', 'caller', 'function', 'share', 'times'] as const;
const CALLS_ONLY = ['operation', 'caller'] as const;
const ERROR_CODE = /^[A-Za-z][\w.]*$/;

type Json = Readonly<Record<string, unknown>>;
type Report = (pointer: string, message: string) => void;
type Check = (value: unknown) => string | undefined;

const check =
  (holds: (value: any) => boolean, rule: string): Check =>
  (value) =>
    holds(value) ? undefined : rule;
const integer = (min: number, max: number) =>
  check(
    (value) => Number.isInteger(value) && value >= min && value <= max,
    max === Number.MAX_SAFE_INTEGER
      ? `must be a whole number of at least ${min}`
      : `must be a whole number from ${min} to ${max}`,
  );
const isName = (value: unknown) => typeof value === 'string' && value !== '';
const names = check(
  (value) => isName(value) || (Array.isArray(value) && value.length > 0 && value.every(isName)),
  'must be a name or an array of names, with * as a wildcard',
);

const CHECKS: Readonly<Record<string, Check>> = {
  service: names,
  operation: names,
  caller: names,
  function: names,
  share: check((value) => typeof value === 'number' && value > 0 && value <= 1, 'must be above 0 and at most 1'),
  times: integer(1, Number.MAX_SAFE_INTEGER),
  when: check((value) => value === 'before' || value === 'after', "must be 'before' or 'after'"),
  milliseconds: integer(1, MAX_DELAY_MS),
  code: check((value) => typeof value === 'string' && ERROR_CODE.test(value), 'must be an error code of the service'),
  status: integer(400, 599),
  message: check((value) => typeof value === 'string', 'must be a string'),
};

/**
 * Parses a file for `--faults`.
 * @throws with a line for each problem: a JSON pointer and the rule
 */
export function parseFaults(text: string): FaultPlan {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new Error(`not valid JSON: ${(error as Error).message}`);
  }
  const problems: string[] = [];
  const report: Report = (pointer, message) => problems.push(`${pointer || '/'}: ${message}`);
  checkFile(file, report);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const { seed = 1, faults } = file as { seed?: number; faults: Json[] };
  return { seed, faults: faults.map(withDefaults) };
}

function checkFile(file: unknown, report: Report): void {
  if (!isObject(file)) {
    report('', 'must be an object with faults');
    return;
  }
  unknownKeys(file, ['$schema', 'seed', 'faults'], '', report);
  if (file.$schema !== undefined && typeof file.$schema !== 'string') report('/$schema', 'must be a string');
  if (file.seed !== undefined) checkValue('/seed', file.seed, integer(0, 0xff_ff_ff_ff), report);
  if (!Array.isArray(file.faults)) {
    report('/faults', 'must be an array of faults');
    return;
  }
  for (const [i, fault] of file.faults.entries()) checkFault(fault, `/faults/${i}`, report);
}

function checkFault(fault: unknown, pointer: string, report: Report): void {
  if (!isObject(fault)) {
    report(pointer, 'must be an object');
    return;
  }
  const { type } = fault;
  if (typeof type !== 'string' || !Object.hasOwn(PROPERTIES, type)) {
    report(`${pointer}/type`, `${shown(type)} must be one of ${Object.keys(PROPERTIES).join(', ')}`);
    return;
  }
  unknownKeys(fault, ['type', ...SELECTION, ...PROPERTIES[type as FaultType]], pointer, report, ` of ${type}`);
  for (const [key, value] of Object.entries(fault)) {
    if (Object.hasOwn(CHECKS, key)) checkValue(`${pointer}/${key}`, value, CHECKS[key], report);
  }
  if ((fault.service === undefined) === (fault.function === undefined)) {
    report(pointer, 'must have either service, for AWS calls, or function, for invocations');
  }
  if (fault.function !== undefined) {
    for (const key of CALLS_ONLY) {
      if (fault[key] !== undefined)
        report(`${pointer}/${key}`, 'applies to AWS calls: use service instead of function');
    }
  }
  if (type === 'delay' && fault.milliseconds === undefined) report(pointer, 'must have milliseconds');
}

function checkValue(pointer: string, value: unknown, rule: Check, report: Report): void {
  const problem = rule(value);
  if (problem) report(pointer, `${shown(value)} ${problem}`);
}

function unknownKeys(value: Json, known: readonly string[], pointer: string, report: Report, of = ''): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const escaped = key.replaceAll('~', '~0').replaceAll('/', '~1');
    report(`${pointer}/${escaped}`, `unknown property; the properties${of} are ${known.join(', ')}`);
  }
}

function withDefaults(fault: Json): Fault {
  const list = (value: unknown) => (value === undefined ? undefined : ([value].flat() as string[]));
  return {
    share: 1,
    times: Number.POSITIVE_INFINITY,
    when: 'before',
    milliseconds: 0,
    ...(fault as Partial<Fault> & Pick<Fault, 'type'>),
    service: list(fault.service),
    operation: list(fault.operation),
    caller: list(fault.caller),
    function: list(fault.function),
  };
}

function shown(value: unknown): string {
  return value === undefined ? 'the type' : JSON.stringify(value);
}
