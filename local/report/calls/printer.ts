import type { McpCall } from '../../calls/call.js';
import type { LogLine } from '../../services/lambda/log-lines.js';
import { formatLog, formatLogOfCall } from '../function-logs/format.js';
import { parseLog } from '../function-logs/record.js';
import type { Text } from '../text.js';
import { belowCall, callDetails, callLine, isShown, isShownEarly } from './line.js';

interface CallPrinterOptions {
  readonly print: (text: Text) => void;
  readonly cwd: string;
  readonly verbose: boolean;
}

/** A call whose lines are not complete. */
interface OpenCall {
  readonly call: McpCall;
  /** Log lines to print below the call. */
  readonly logs: Array<{ readonly line: LogLine; readonly label: string }>;
  /** Texts of all log lines. */
  readonly logged: string[];
  /** Whether the line of the call is printed. */
  printed: boolean;
  /** Whether the end of the call is printed, or is not to be shown. */
  ended: boolean;
  timer?: NodeJS.Timeout;
}

/** A call that takes longer is shown before its end, with its log lines as they arrive. */
const LONG_CALL_MS = 1000;
/** Log lines can arrive after the response of a function. */
const LATE_LOGS_MS = 50;
/** Number of finished calls whose late log lines are recognized. */
const MAX_CALLS = 1000;

/** Prints one line for each MCP call, and the log lines of its functions below it. */
export class CallPrinter {
  private readonly calls = new Map<string, OpenCall>();
  /** The call that was printed last: further log lines of it need no heading. */
  private last: OpenCall | undefined;

  constructor(private readonly options: CallPrinterOptions) {}

  started(call: McpCall): void {
    const open: OpenCall = { call, logs: [], logged: [], printed: false, ended: false };
    this.calls.set(call.id, open);
    const [oldest] = this.calls.keys();
    if (this.calls.size > MAX_CALLS && oldest !== undefined) this.calls.delete(oldest);
    open.timer = setTimeout(() => this.show(open), LONG_CALL_MS).unref();
  }

  finished(call: McpCall): void {
    const open = this.calls.get(call.id);
    if (!open) return;
    clearTimeout(open.timer);
    open.timer = setTimeout(() => this.end(open), LATE_LOGS_MS).unref();
  }

  /**
   * Prints a log line: below its call, or on its own.
   * @param label the construct path of the function
   */
  log(line: LogLine, label: string, call: McpCall | undefined): void {
    const open = call && this.calls.get(call.id);
    if (!open) {
      this.printAlone(line, label);
      return;
    }
    const { message, stack } = parseLog(line) ?? { message: '' };
    open.logged.push(message, stack ?? '');
    if (!open.printed) open.logs.push({ line, label });
    else if (this.last === open) this.printBelow(line, label);
    else this.printAlone(line, label);
  }

  /** Prints text that belongs to no call. */
  print(text: Text): void {
    this.last = undefined;
    this.options.print(text);
  }

  /** Prints the calls that have ended. */
  flush(): void {
    for (const open of this.calls.values()) {
      clearTimeout(open.timer);
      if (!open.ended && open.call.outcome) this.end(open);
    }
  }

  /** Prints the line of a call that is still running, with its log lines until now. */
  private show(open: OpenCall): void {
    if (!isShownEarly(open.call)) return;
    this.head(open);
    this.flushLogs(open);
  }

  private end(open: OpenCall): void {
    open.ended = true;
    if (!isShown(open.call, this.options.verbose) && open.logs.length === 0) return;
    this.head(open);
    for (const text of callDetails(open.call, open.logged, this.options.verbose)) this.options.print(text);
    this.flushLogs(open);
  }

  private head(open: OpenCall): void {
    open.printed = true;
    this.options.print(callLine(open.call));
    this.last = open;
  }

  private flushLogs(open: OpenCall): void {
    for (const { line, label } of open.logs.splice(0)) this.printBelow(line, label);
  }

  private printBelow(line: LogLine, label: string): void {
    const text = formatLogOfCall(line, label, this.options);
    if (text) this.options.print(belowCall(text));
  }

  private printAlone(line: LogLine, label: string): void {
    const text = formatLog(line, label, this.options);
    if (text) this.print(text);
  }
}
