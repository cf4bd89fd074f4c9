import http from 'node:http';

/** A raw HTTP response and its JSON-RPC messages. */
export interface WireResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  readonly messages: any[];
}

/** Sends an HTTP request with exactly the given headers, plus `Host` and `Content-Length`. */
export function send(
  url: URL,
  options: { method?: string; headers?: http.OutgoingHttpHeaders; body?: string | Buffer },
): Promise<WireResponse> {
  const { method = 'POST', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const request = http.request(url, { method, headers: { ...length, ...headers }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          text,
          messages: messagesIn(response.headers['content-type'] ?? '', text),
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function messagesIn(contentType: string, text: string): any[] {
  if (contentType.startsWith('text/event-stream')) {
    return [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data));
  }
  if (!contentType.startsWith('application/json') || text === '') return [];
  const body = JSON.parse(text);
  return Array.isArray(body) ? body : [body];
}
