import { printable } from '../report/printable.js';
import { paintFor, type Style } from '../report/text.js';
import { padEnd, shorten, widthOf } from '../report/width.js';

export type { Style };

/** Text with a style. */
export interface Styled {
  readonly text: string;
  readonly style?: Style;
}

export type Cell = string | Styled;

/** Width of the output without a terminal. Longer lines are not shortened there. */
const DEFAULT_WIDTH = 100;
/** The narrowest width to which the last column of a table is shortened. */
const MIN_COLUMN = 20;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 90;

/** Writes what people and scripts read: results to standard output, progress and errors to standard error. */
export class Terminal {
  private progressText: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private frame = 0;

  constructor(
    readonly json: boolean,
    private readonly out: NodeJS.WriteStream = process.stdout,
    private readonly err: NodeJS.WriteStream = process.stderr,
    private readonly environment: NodeJS.ProcessEnv = process.env,
  ) {}

  /** Columns of the terminal. */
  get width(): number {
    return this.out.isTTY ? this.out.columns || DEFAULT_WIDTH : DEFAULT_WIDTH;
  }

  /** Writes one line of text. Control characters are escaped. */
  line(...cells: readonly Cell[]): void {
    this.clearProgress();
    this.out.write(
      `${cells
        .map((cell) => this.render(cell, this.out))
        .join('')
        .trimEnd()}\n`,
    );
  }

  /** Writes text as it is: the result of a tool, for a pipe; with control characters escaped on a terminal. */
  text(text: string): void {
    this.clearProgress();
    const shown = this.out.isTTY ? printable(text) : text;
    this.out.write(shown.endsWith('\n') || shown === '' ? shown : `${shown}\n`);
  }

  /** Writes JSON, indented on a terminal. */
  value(value: unknown): void {
    this.clearProgress();
    this.out.write(`${JSON.stringify(value, undefined, this.out.isTTY ? 2 : undefined)}\n`);
  }

  /** Writes a table with aligned columns. On a terminal, the last column is shortened to the width. */
  table(head: readonly string[], rows: ReadonlyArray<readonly Cell[]>): void {
    const texts = [head, ...rows].map((row) => row.map((cell) => printable(textOf(cell)).replaceAll('\n', ' ')));
    const widths = head.map((_, column) => Math.max(...texts.map((row) => widthOf(row[column] ?? ''))));
    const last = head.length - 1;
    const before = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
    if (this.out.isTTY) widths[last] = Math.min(widths[last]!, Math.max(MIN_COLUMN, this.width - before));
    const styled = [head.map((text): Styled => ({ text, style: 'dim' })), ...rows];
    for (const [index, row] of styled.entries()) {
      const cells = row.map((cell, column): Styled => {
        const text = shorten(texts[index]![column]!, widths[column]!);
        const padded = column === last ? text : padEnd(text, widths[column]! + 2);
        return { text: padded, style: typeof cell === 'string' ? undefined : cell.style };
      });
      this.line(...cells);
    }
  }

  /** Writes names with their values, aligned. */
  facts(entries: ReadonlyArray<readonly [name: string, value: Cell]>): void {
    const width = Math.max(...entries.map(([name]) => name.length)) + 2;
    for (const [name, value] of entries) this.line({ text: name.padEnd(width), style: 'dim' }, value);
  }

  /** Writes a message to standard error. */
  note(...cells: readonly Cell[]): void {
    this.clearProgress();
    this.err.write(`${cells.map((cell) => this.render(cell, this.err)).join('')}\n`);
  }

  /** Shows what a command waits for, on a terminal only. */
  progress(text: string): void {
    if (!this.err.isTTY || this.json) return;
    this.progressText = text;
    this.timer ??= setInterval(() => this.draw(), FRAME_MS).unref();
    this.draw();
  }

  clearProgress(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.progressText !== undefined) this.err.write('\r\u001b[2K');
    this.progressText = undefined;
  }

  private draw(): void {
    const frame = FRAMES[this.frame++ % FRAMES.length]!;
    const text = shorten(printable(this.progressText ?? '').replaceAll('\n', ' '), (this.err.columns || 80) - 3);
    this.err.write(`\r\u001b[2K${frame} ${text}`);
  }

  private render(cell: Cell, stream: NodeJS.WriteStream): string {
    const text = printable(textOf(cell));
    const style = typeof cell === 'string' ? undefined : cell.style;
    return style === undefined ? text : paintFor(stream, this.environment)(style, text);
  }
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}
