import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';

const QUOTED = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
/** Escape sequences that the runner writes: styles, and the one that clears the status line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they start with one
const STYLE = /\u001b\[(\d+)m/g;
const NAMES: Readonly<Record<string, string>> = {
  1: '{bold}',
  2: '{dim}',
  22: '{/}',
  31: '{red}',
  32: '{green}',
  33: '{yellow}',
  36: '{cyan}',
  39: '{/}',
};
const LIMIT_MS = 30_000;
const CLEAR_LINE = '\u001b[2K';

/** A command in a terminal, with what the terminal shows. */
export class TerminalSession implements AsyncDisposable {
  /** What the command has written. */
  output = '';
  readonly exit: Promise<number | null>;
  private readonly child: ChildProcess;

  /** @param args arguments of `mcp-lambda` */
  constructor(args: readonly string[], cwd: string) {
    const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...env } = process.env;
    const command = `exec ${[process.execPath, resolve('bin/mcp-lambda'), ...args].map(QUOTED).join(' ')}`;
    // `script` of util-linux connects the command to a terminal
    this.child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      cwd,
      env: { ...env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text) => (this.output += text));
    this.exit = new Promise((done) => this.child.once('close', done));
  }

  /** Waits for a text. */
  async until(text: string): Promise<void> {
    const end = Date.now() + LIMIT_MS;
    while (!this.text.includes(text)) {
      if (Date.now() > end) throw new Error(`the terminal does not show "${text}":\n${this.text}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** The lines on the screen, without styles. */
  get text(): string {
    return this.screen.replace(STYLE, '');
  }

  /** The lines on the screen, with names of the styles. */
  get styledText(): string {
    return this.screen.replace(STYLE, (_, code: string) => NAMES[code] ?? `{${code}}`);
  }

  /** Types Ctrl-C. */
  interrupt(): void {
    this.child.stdin!.write('\u0003');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
  }

  private get screen(): string {
    return this.output
      .replaceAll('\r\n', '\n')
      .split('\n')
      .map((line) => line.slice(line.lastIndexOf(CLEAR_LINE) + 1 && line.lastIndexOf(CLEAR_LINE) + CLEAR_LINE.length))
      .join('\n');
  }
}
