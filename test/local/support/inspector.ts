/** A client of the Node.js inspector (Chrome DevTools Protocol), as an editor uses it. */
export class Inspector {
  private readonly pending = new Map<number, (result: any) => void>();
  private readonly waiting = new Map<string, Array<(params: any) => void>>();
  private next = 1;

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener('message', ({ data }) => {
      const { id, method, result, params } = JSON.parse(String(data));
      if (id === undefined) for (const settle of this.waiting.get(method)?.splice(0) ?? []) settle(params);
      else this.pending.get(id)?.(result);
    });
  }

  /** Attaches to the process that listens on a port. */
  static async attach(port: number): Promise<Inspector> {
    const response = await untilListening(() => fetch(`http://127.0.0.1:${port}/json/list`));
    const [{ webSocketDebuggerUrl }] = (await response.json()) as Array<{ webSocketDebuggerUrl: string }>;
    const socket = new WebSocket(webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    const inspector = new Inspector(socket);
    await inspector.send('Debugger.enable');
    return inspector;
  }

  send(method: string, params: object = {}): Promise<any> {
    const id = this.next++;
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => this.pending.set(id, resolve));
  }

  /** Waits for the next event of a kind. */
  event(method: string): Promise<any> {
    return new Promise((resolve) => this.waiting.set(method, [...(this.waiting.get(method) ?? []), resolve]));
  }

  close(): void {
    this.socket.close();
  }
}

/** Retries until a process listens. */
export async function untilListening<T>(connect: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await connect();
    } catch (error) {
      if (attempt > 400) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
