import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Exchange {
  readonly target: string;
  readonly path: string;
  readonly status: number;
  readonly body: Buffer;
}

/**
 * A proxy for an AWS endpoint that can modify responses. `tamper` returns another body, `'reset'` to drop the connection after the
 * service has processed the request, or nothing.
 */
export async function tamperingProxy(
  endpoint: () => string,
  tamper: (exchange: Exchange) => Buffer | 'reset' | undefined,
): Promise<{ url: string; close(): void }> {
  const server = http.createServer((request, response) => {
    const to = new URL(request.url!, endpoint());
    // the Host header is signed and must not change
    const forward = http.request(to, { method: request.method, headers: request.headers }, (upstream) => {
      const chunks: Buffer[] = [];
      upstream.on('data', (chunk: Buffer) => chunks.push(chunk));
      upstream.on('end', () => {
        const body = Buffer.concat(chunks);
        const target = String(request.headers['x-amz-target'] ?? '');
        const changed = tamper({ target, path: to.pathname, status: upstream.statusCode!, body });
        if (changed === 'reset') {
          request.socket.destroy();
          return;
        }
        const headers = { ...upstream.headers };
        delete headers['content-length'];
        delete headers['transfer-encoding'];
        delete headers['x-amz-crc32'];
        response.writeHead(upstream.statusCode!, headers).end(changed ?? body);
      });
    });
    forward.on('error', () => response.destroy());
    response.on('close', () => forward.destroy());
    request.pipe(forward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
