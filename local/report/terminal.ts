import { type Paint, paintFor, render, styled, type Text } from './text.js';

/** The stream that a terminal writes to: standard output or standard error. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
/** Time until a step is shown, and time between two lines about it where no line can be redrawn. */
const QUIET_MS = 500;
const REPEAT_MS = 10_000;
const DEFAULT_COLUMNS = 80;
/** Moves to the start of the line and clears it. */
const CLEAR_LINE = '\r\x1b[2K';

/** Writes text and shows that a step is running: with a status line on a terminal, with a line every ten seconds elsewhere. */
export class Terminal {
  private readonly paint: Paint;
  private readonly interactive: boolean;
  private readonly steps: Array<{ readonly text: string; readonly startedAt: number }> = [];
  private timer: NodeJS.Timeout | undefined;
  private hasStatus = false;
  private frame = 0;

  constructor(
    private readonly stream: TerminalStream,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    this.paint = paintFor(stream, env);
    this.interactive = Boolean(stream.isTTY) && env.TERM !== 'dumb' && !env.CI;
  }

  print(text: Text): void {
    this.clearStatus();
    this.stream.write(`${render(text, this.paint)}\n`);
    if (this.steps.length > 0 && this.interactive) this.drawStatus();
  }

  /**
   * Shows that a step is running.
   * @returns a function to call at its end
   */
  step(text: string): () => void {
    const step = { text, startedAt: performance.now() };
    this.steps.push(step);
    this.timer ??= setInterval(() => this.tick(), this.interactive ? FRAME_MS : REPEAT_MS);
    this.timer.unref();
    return () => {
      const at = this.steps.indexOf(step);
      if (at >= 0) this.steps.splice(at, 1);
      this.clearStatus();
      if (this.steps.length > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  private tick(): void {
    if (this.interactive) {
      this.drawStatus();
      return;
    }
    const step = this.steps.at(-1);
    if (step) this.print([`· still ${step.text} (${seconds(step.startedAt)} s)`]);
  }

  private drawStatus(): void {
    const step = this.steps.at(-1);
    if (!step || performance.now() - step.startedAt < QUIET_MS) return;
    const mark = FRAMES[this.frame++ % FRAMES.length]!;
    const text = `${step.text} ${seconds(step.startedAt)} s`;
    const columns = (this.stream.columns || DEFAULT_COLUMNS) - 3;
    this.stream.write(
      `${CLEAR_LINE}${render([styled('cyan', mark), ' ', styled('dim', text.slice(0, columns))], this.paint)}`,
    );
    this.hasStatus = true;
  }

  private clearStatus(): void {
    if (this.hasStatus) this.stream.write(CLEAR_LINE);
    this.hasStatus = false;
  }
}

function seconds(startedAt: number): number {
  return Math.floor((performance.now() - startedAt) / 1000);
}
