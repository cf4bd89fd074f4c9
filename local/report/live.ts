import type { McpCall } from '../calls/call.js';
import { type AppUpdate, describeUpdate } from '../runner.js';
import { describeFault, type InjectedFault } from '../services/faults/faults.js';
import type { LogLine } from '../services/lambda/log-lines.js';
import { CallPrinter } from './calls/printer.js';
import { duration } from './changes.js';
import { hintFor } from './function-logs/hints.js';
import { readableStack } from './function-logs/stacks.js';
import type { Terminal } from './terminal.js';
import { indented, type Span, styled, type Text } from './text.js';

interface LiveReportOptions {
  readonly cwd: string;
  readonly verbose: boolean;
}

/** Columns of the mark before a notice. */
const MARK_COLUMNS = 2;

/** What the terminal shows while the app runs: calls with the logs of their functions, notices, and updates. */
export class LiveReport {
  private readonly calls: CallPrinter;
  /** Access denials, which the runner reports with the missing grant. */
  private readonly denials = new Set<string>();

  constructor(
    private readonly terminal: Terminal,
    private readonly options: LiveReportOptions,
  ) {
    this.calls = new CallPrinter({ print: (text) => terminal.print(text), ...options });
  }

  print(text: Text): void {
    this.calls.print(text);
  }

  step(text: string): () => void {
    return this.terminal.step(text);
  }

  notice(...text: Span[]): void {
    this.print(indented([styled('dim', '· '), ...text], MARK_COLUMNS));
  }

  /** Prints a line of the app's command. */
  output(text: string): void {
    const shown = this.options.verbose ? text : readableStack(text, this.options.cwd);
    if (shown.trim() !== '') this.print(indented(['  ', styled('dim', shown)], MARK_COLUMNS));
  }

  fault(injected: InjectedFault): void {
    this.notice(styled('yellow', describeFault(injected)));
  }

  update(update: AppUpdate): void {
    const lines = describeUpdate(update);
    for (const [i, line] of lines.entries()) {
      if ('error' in update) this.notice(styled('red', line));
      else if (i < lines.length - 1) this.notice(styled('green', line));
      else this.notice(styled('green', line), styled('dim', ` in ${duration(update.milliseconds)}`));
    }
  }

  denied(action: string, resource: string): void {
    this.denials.add(`${action} on resource: ${resource}`);
  }

  callStarted(call: McpCall): void {
    this.calls.started(call);
  }

  callFinished(call: McpCall): void {
    this.calls.finished(call);
  }

  log(line: LogLine, functionPath: string, call?: McpCall): void {
    // a failure is the reason why the resource is not deployed, which is reported
    if (line.customResource && !this.options.verbose) return;
    if (this.repeatsDenial(line)) return;
    this.calls.log(line, functionPath, call);
    const hint = hintFor(line);
    if (hint) this.notice(styled('yellow', hint));
  }

  /** Prints what waits for further lines. */
  flush(): void {
    this.calls.flush();
  }

  /** Whether a log line repeats an access denial. */
  private repeatsDenial({ text, level }: LogLine): boolean {
    return (level === 'ERROR' || level === 'WARN') && [...this.denials].some((denial) => text.includes(denial));
  }
}
