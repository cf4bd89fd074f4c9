import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildApp } from 'fauxqs';
import { LOOPBACK } from '../../environment.js';

/** Account of fauxqs in ARNs and queue URLs. */
export const EMBEDDED_ACCOUNT = '000000000000';

/** Maximum size of an object, in bytes (S3: 5 GB in one request). fauxqs limits requests to 11 MiB. */
const MAX_BODY_BYTES = 1_073_741_824;

/** The server of SQS, SNS and S3 in this process (fauxqs). It checks no permissions. */
export class Fauxqs {
  private constructor(
    private readonly app: ReturnType<typeof buildApp>,
    readonly port: number,
  ) {}

  static async start(): Promise<Fauxqs> {
    const app = buildApp({ logger: false });
    // a parser with a regular expression precedes the one of fauxqs for objects of S3
    const parse = (_request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => done(null, body);
    app.addContentTypeParser<Buffer>(/^/, { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, parse);
    await app.listen({ port: 0, host: LOOPBACK }); // startFauxqs() listens on all interfaces
    return new Fauxqs(app, (app.server.address() as AddressInfo).port);
  }

  /** The HTTP server, for requests of this process. */
  get http(): Server {
    return this.app.server;
  }

  /** Calls an operation of SQS on behalf of the runner. */
  async sqs(operation: string, region: string, input: object): Promise<Record<string, any>> {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` };
    const text = await this.send('sqs', region, '/', { method: 'POST', headers, body: JSON.stringify(input) });
    return JSON.parse(text || '{}');
  }

  /** Calls an operation of SNS on behalf of the runner. Returns the XML of the response. */
  async sns(operation: string, region: string, input: Record<string, string>): Promise<string> {
    const body = new URLSearchParams({ Action: operation, ...input }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.send('sns', region, '/', { method: 'POST', headers, body });
  }

  /** Sends a request of S3 on behalf of the runner. */
  async s3(method: string, path: string, body?: string | Buffer): Promise<string> {
    const content = body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) };
    return this.send('s3', 'us-east-1', path, {
      method,
      headers: { 'content-type': 'binary/octet-stream' },
      ...content,
    });
  }

  async close(): Promise<void> {
    await this.app.close();
  }

  private async send(service: string, region: string, path: string, init: RequestInit): Promise<string> {
    const response = await fetch(`http://${LOOPBACK}:${this.port}${path}`, {
      ...init,
      // fauxqs takes the region from the signature, which it does not verify
      headers: {
        ...init.headers,
        authorization: `AWS4-HMAC-SHA256 Credential=runner/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${service}: ${init.method} ${path} failed: ${text}`);
    return text;
  }
}
