import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { INSPECTOR } from '../clients/packages.js';
import { eachLine } from '../services/lambda/log-lines.js';

/** How long npx may download the Inspector, in milliseconds. */
const START_MS = 120_000;
/** The address that the Inspector prints, with the token that its page needs. */
const ADDRESS = /https?:\/\/(?:127\.0\.0\.1|localhost):\d+\/?\?[\w=&%.-]*TOKEN=[\w%.-]+/;
const MAX_REASON = 300;

interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** Starts the MCP Inspector for a server, once. */
export class Inspector {
  private child: ChildProcess | undefined;
  private starting: Promise<string> | undefined;

  /** @param command returns the program; without it, the project's own Inspector, or the newest tested one by `npx` */
  constructor(
    private readonly cwd: string,
    private readonly command: () => Command = () => inspectorCommand(cwd),
  ) {}

  /**
   * Starts the Inspector, or returns the address of the running one.
   * @param url MCP URL of the server
   * @throws if it does not start
   */
  open(url: string): Promise<string> {
    this.starting ??= this.start(url).catch((error) => {
      this.close();
      throw error;
    });
    return this.starting;
  }

  close(): void {
    this.starting = undefined;
    const { child } = this;
    this.child = undefined;
    if (child?.pid === undefined || child.exitCode !== null) return;
    try {
      if (process.platform === 'win32') child.kill();
      else process.kill(-child.pid, 'SIGTERM');
    } catch {} // it has already exited
  }

  private start(url: string): Promise<string> {
    const { command, args } = this.command();
    const child = spawn(command, [...args, '--transport', 'http', '--server-url', url], {
      cwd: this.cwd,
      env: { ...process.env, MCP_AUTO_OPEN_ENABLED: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32', // npx is a script there
      detached: process.platform !== 'win32', // can be ended with the processes that npx starts
    });
    this.child = child;
    let last = '';
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => reject(new Error(`the MCP Inspector did not start: ${reason}`));
      const timer = setTimeout(() => fail(`no address within ${START_MS / 1000} s`), START_MS);
      const onLine = (line: string) => {
        if (line.trim() !== '') last = line.trim().slice(0, MAX_REASON);
        const [address] = ADDRESS.exec(line) ?? [];
        if (!address) return;
        clearTimeout(timer);
        resolve(address);
      };
      eachLine(child.stdout, onLine);
      eachLine(child.stderr, onLine);
      child.once('error', (error) => fail(error.message));
      child.once('close', (code) => {
        clearTimeout(timer);
        if (this.child === child) this.close();
        fail(last || `exit code ${code}`);
      });
    });
  }
}

/** Returns the project's own Inspector, or the command that downloads it. */
function inspectorCommand(cwd: string): Command {
  for (let directory = cwd; ; directory = dirname(directory)) {
    const program = join(
      directory,
      'node_modules',
      '.bin',
      process.platform === 'win32' ? 'mcp-inspector.cmd' : 'mcp-inspector',
    );
    if (existsSync(program)) return { command: program, args: [] };
    if (dirname(directory) === directory) return { command: 'npx', args: ['-y', INSPECTOR] };
  }
}
