import { DeploymentError } from '../../resources/not-run.js';

/**
 * The ports of the servers of REST APIs and function URLs: the first one for the first MCP server, or for the first API without one, and the
 * next free ones for the others.
 */
export class FrontPorts {
  private readonly used = new Set<number>();
  /** Whether the first port is for an MCP server, which may be created after other APIs. */
  private firstPortReserved = false;

  /** @param first the first port; 0 for any free ports */
  constructor(private readonly first: number) {}

  /** Keeps the first port for the first MCP server. */
  reserveFirst(): void {
    this.firstPortReserved = true;
  }

  /** Starts a server on the first port, or on the next free one. */
  async listen(server: { listen(port: number): Promise<void> }, isMcpServer: boolean): Promise<void> {
    if (this.first === 0) return server.listen(0);
    const isFirst = !this.used.has(this.first) && (isMcpServer || !this.firstPortReserved);
    for (let port = this.first + (isFirst ? 0 : 1); ; port++) {
      if (this.used.has(port)) continue;
      try {
        await server.listen(port);
        this.used.add(port);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        if (!isFirst) continue;
        throw new DeploymentError(
          `port ${port} is already in use: stop the program that uses it, or pass another port with --port (0: any free port)`,
        );
      }
    }
  }

  /** Frees the port of a server that was closed. */
  release(port: number): void {
    this.used.delete(port);
  }
}
