import type { McpCall } from '../../calls/call.js';
import { duration } from '../changes.js';
import { clock, REQUEST_ID_LENGTH, TIME_COLUMNS } from '../function-logs/format.js';
import { indented, type Style, styled, type Text } from '../text.js';

/** Methods that clients send without a user's action. They are shown with `--verbose` only, unless they fail. */
const ROUTINE = new Set(['ping', 'logging/setLevel']);
/** Methods that do something for a user. All others are shown less prominently. */
const PROMINENT = new Set(['tools/call', 'resources/read', 'prompts/get']);
const MAX_NAME = 100;
const MAX_ERROR_LINES = 6;
const MAX_JSON = 400;
const OUTCOME_STYLES: Readonly<Record<string, Style>> = { ok: 'green', error: 'red', refused: 'yellow' };

/** Whether the terminal shows a call. */
export function isShown({ method, outcome }: McpCall, verbose: boolean): boolean {
  return verbose || !ROUTINE.has(method) || outcome === 'error' || outcome === 'refused';
}

/** `08:06:05 tools/call lookup_order → error 23 ms · local · 1a2b3c4d` */
export function callLine(call: McpCall): Text {
  const { method, name, outcome, durationMs, caller, requestId, startedAt } = call;
  const what = name === undefined ? method : `${method} ${shortened(oneLine(name), MAX_NAME)}`;
  const result = outcome ? styled(OUTCOME_STYLES[outcome]!, outcome) : 'running';
  const rest = [
    ...(durationMs === undefined ? [] : [` ${duration(durationMs)}`]),
    ...(caller === undefined ? [] : [` · ${shortened(oneLine(caller), MAX_NAME)}`]),
    ` · ${requestId.slice(0, REQUEST_ID_LENGTH)}`,
  ];
  return [
    styled('dim', clock(new Date(startedAt + (durationMs ?? 0)))),
    ' ',
    PROMINENT.has(method) ? styled('bold', what) : what,
    styled('dim', ' → '),
    result,
    styled('dim', rest.join('')),
  ];
}

/**
 * Returns the lines below the line of a call: why it failed, and with `verbose` its client, arguments and answer.
 * @param logged the text of its log lines, which can have the error already
 */
export function callDetails(call: McpCall, logged: readonly string[], verbose: boolean): Text[] {
  const { error, client, revision, transport, params, answer } = call;
  const details: Text[] = [];
  if (error && !logged.some((text) => text.includes(firstLine(error.message)))) {
    const code = error.code === undefined ? '' : `${error.code} `;
    details.push([styled('red', `${code}${limited(error.message)}`)]);
  }
  if (verbose) {
    const origin = [client, revision, transport].filter((each) => each !== undefined).map(oneLine);
    details.push([styled('dim', origin.join(' · '))]);
    for (const [name, recorded] of [
      ['params', params],
      ['answer', answer],
    ] as const) {
      const text = recorded && (recorded.text ?? JSON.stringify(recorded.value));
      if (text !== undefined) details.push([styled('dim', `${name} ${shortened(text, MAX_JSON)}`)]);
    }
  }
  return details.map(belowCall);
}

/** Indents text below the line of its call. */
export function belowCall(text: Text): Text {
  return indented([' '.repeat(TIME_COLUMNS), ...text], TIME_COLUMNS);
}

function limited(message: string): string {
  const all = message.trimEnd().split('\n');
  return all.length > MAX_ERROR_LINES ? [...all.slice(0, MAX_ERROR_LINES), '…'].join('\n') : all.join('\n');
}

/** Line breaks in a name could look like lines of the runner. */
function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]\s*/g, ' ');
}

const firstLine = (text: string) => text.split('\n', 1)[0]!;

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
