import { createServer } from 'node:net';
import { LOOPBACK } from '../../environment.js';

/** First port of the debuggers: that of the Node.js inspector. */
export const DEFAULT_DEBUG_PORT = 9229;

const MAX_PORT = 65_535;

/** Ports of the debuggers of functions, in the order of the templates. A function keeps its port when it changes. */
export class DebugPorts {
  private readonly ports = new Map<string, number>();
  private searched: Promise<unknown> = Promise.resolve();

  /** @param first port of the first function; the others have the next free ports */
  constructor(private readonly first: number) {}

  /** Returns the port of a function, by its construct path. */
  portOf(path: string): Promise<number> {
    const port = this.searched.then(() => this.ports.get(path) ?? this.nextFree(path));
    this.searched = port.catch(() => {});
    return port;
  }

  private async nextFree(path: string): Promise<number> {
    for (
      let port = Math.max(this.first, ...[...this.ports.values()].map((used) => used + 1));
      port <= MAX_PORT;
      port++
    ) {
      if (!(await isFree(port))) continue;
      this.ports.set(path, port);
      return port;
    }
    throw new Error(`no port from ${this.first} on is free for a debugger: pass another one with --debug=<port>`);
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)));
  });
}
