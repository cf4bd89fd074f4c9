import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { BufferedRequest } from '../forward.js';
import type { Authorization } from '../iam/sigv4.js';
import { AwsError } from './errors.js';
import { signRequest } from './passthrough.js';

/** URLs of emulators by the SigV4 name of the service. */
export type EndpointUrls = Readonly<Record<string, string>>;

/** Forwards calls of some services to emulators of the developer's choice. Their permissions are not checked. */
export class ExternalEndpoints {
  constructor(private readonly urls: EndpointUrls) {}

  covers(service: string): boolean {
    return Object.hasOwn(this.urls, service);
  }

  /** @param accountId account of the caller. As access key id it selects the account in most emulators. */
  async forward(scope: Authorization, accountId: string, incoming: BufferedRequest, response: ServerResponse) {
    const base = new URL(this.urls[scope.service]);
    const url = `${base.pathname.replace(/\/$/, '')}${incoming.url}`;
    const credentials = { accessKeyId: accountId, secretAccessKey: 'local' };
    const signed = await signRequest(scope, { ...incoming, url }, credentials, base.host);
    const { 'content-length': _, 'transfer-encoding': __, ...headers } = signed.headers;
    await new Promise<void>((resolve, reject) => {
      const send = base.protocol === 'https:' ? httpsRequest : httpRequest;
      const upstream = send(
        {
          method: signed.method,
          hostname: base.hostname,
          port: base.port,
          path: url,
          headers: { ...headers, 'content-length': incoming.body.length },
        },
        (upstreamResponse: IncomingMessage) => {
          response.writeHead(upstreamResponse.statusCode ?? 502, upstreamResponse.headers);
          upstreamResponse.pipe(response).on('close', resolve);
        },
      );
      upstream.on('error', (error) => {
        const message = `cannot connect to ${base.origin}, the endpoint of ${scope.service}: ${error.message}`;
        reject(new AwsError('ServiceUnavailable', 503, message, 'start the emulator, or correct --endpoint'));
      });
      upstream.end(incoming.body);
    });
  }
}
