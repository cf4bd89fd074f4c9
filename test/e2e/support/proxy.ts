import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Exchange {
  readonly target: string;
  readonly path: string;
  readonly status: number;
  readonly body: Buffer;
}

/**
 * A proxy in front of an AWS endpoint that may tamper with answers: `tamper` returns another body, `'reset'` to cut the
 * connection after the service has done its work, or nothing.
 */
export async function tamperingProxy(
  endpoint: () => string,
  tamper: (exchange: Exchange) => Buffer | 'reset' | undefined,
): Promise<{ url: string; close(): void }> {
  const server = http.createServer((request, response) => {
    const to = new URL(request.url!, endpoint());
    // the Host header is signed: it stays as the client wrote it
    const forward = http.request(to, { method: request.method, headers: request.headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const body = Buffer.concat(chunks);
        const target = String(request.headers['x-amz-target'] ?? '');
        const changed = tamper({ target, path: to.pathname, status: answer.statusCode!, body });
        if (changed === 'reset') {
          request.socket.destroy();
          return;
        }
        const headers = { ...answer.headers };
        delete headers['content-length'];
        delete headers['transfer-encoding'];
        delete headers['x-amz-crc32'];
        response.writeHead(answer.statusCode!, headers).end(changed ?? body);
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
