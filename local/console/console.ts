import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallRecorder } from '../calls/recorder.js';
import { isOwnRequest, SECURITY_HEADERS } from './access-check.js';
import type { Inspector } from './inspector.js';
import { LiveStream } from './live-stream.js';
import type { ConsoleState } from './model.js';
import { readPageFile } from './page-files.js';
import { readableLogs } from './readable-logs.js';
import { summaryOf } from './summary.js';

interface ConsoleOptions {
  readonly recorder: CallRecorder;
  readonly inspector: Inspector;
  readonly state: () => Promise<ConsoleState>;
  /** Returns the MCP URL of the first server, if there is one. */
  readonly mcpUrl: () => string | undefined;
}

const PREFIX = '/console/';
const API = `${PREFIX}api/`;

/** Serves the console: a page that shows the calls of the app, and the API that the page reads. */
export class Console {
  private readonly streams = new Set<ServerResponse>();

  constructor(private readonly options: ConsoleOptions) {}

  /** Whether a request is for the console. `/` has text for programs, and the page for browsers. */
  handles({ url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>): boolean {
    const [path] = url.split('?');
    if (path === '/') return /\btext\/html\b/.test(headers.accept ?? '') && readPageFile('index.html') !== undefined;
    return path!.startsWith(PREFIX);
  }

  /** Answers a request whose `Host` header was checked. */
  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = req;
    const [path = '/'] = url.split('?');
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) res.setHeader(name, value);
    if (path.startsWith(API)) return this.api(method, path.slice(API.length), req, res);
    if (method !== 'GET') return sendJson(res, 405, { error: 'method not allowed' });
    const file = readPageFile(path === '/' ? 'index.html' : path.slice(PREFIX.length));
    if (!file) return sendJson(res, 404, { error: 'not found' });
    res.writeHead(200, { 'content-type': file.contentType }).end(file.content);
  }

  close(): void {
    for (const stream of this.streams) stream.destroy();
    this.options.inspector.close();
  }

  private async api(method: string, route: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { recorder, inspector, state } = this.options;
    if (!isOwnRequest(req)) return sendJson(res, 403, { error: 'requests of other pages are not allowed' });
    req.resume();
    const [, id] = /^calls\/(\d+)$/.exec(route) ?? [];
    const call = id === undefined ? undefined : recorder.log.get(id);
    switch (`${method} ${id === undefined ? route : 'calls/<id>'}`) {
      case 'GET state':
        return sendJson(res, 200, await state());
      case 'GET calls':
        return sendJson(res, 200, recorder.log.all.map(summaryOf));
      case 'GET calls/<id>':
        return call
          ? sendJson(res, 200, { ...call, logs: readableLogs(call.logs) })
          : sendJson(res, 404, { error: 'the record of this call was removed' });
      case 'DELETE calls':
        recorder.log.clear();
        return sendJson(res, 200, {});
      case 'GET events':
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        this.streams.add(res);
        res.once('close', () => this.streams.delete(res));
        new LiveStream(res, recorder.log, recorder.sessions);
        return;
      case 'POST inspector':
        return this.openInspector(inspector, res);
      default:
        return sendJson(res, 404, { error: 'not found' });
    }
  }

  private async openInspector(inspector: Inspector, res: ServerResponse): Promise<void> {
    const url = this.options.mcpUrl();
    if (url === undefined) return sendJson(res, 404, { error: 'the app has no MCP server' });
    try {
      sendJson(res, 200, { url: await inspector.open(url) });
    } catch (error) {
      sendJson(res, 502, { error: (error as Error).message });
    }
  }
}

function sendJson(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
