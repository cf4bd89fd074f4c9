/** What commands say about credentials that API Gateway or an AWS service rejects. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { mcpLambda } from '../support/command-line';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' };

/** Runs commands for a server that gives each request the same answer, and returns what they print. */
async function answered(
  status: number,
  body: string,
  contentType: string,
  ...commands: ReadonlyArray<readonly string[]>
) {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(status, { 'content-type': contentType }).end(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const run = ([command, ...args]: readonly string[]) =>
      args.includes('--stack')
        ? mcpLambda([command!, ...args], { env: { ...KEYS, AWS_ENDPOINT_URL: url } })
        : mcpLambda([command!, ...args, '--url', `${url}/prod`], { env: KEYS });
    return (await Promise.all(commands.map(run))).map(({ err }) => err.trim().split('\n').at(-1)!.trim());
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test.concurrent.each([
  ['The security token included in the request is expired', 'the AWS credentials have expired'],
  ['The security token included in the request is invalid.', 'AWS does not know the access key'],
  ['Signature expired: 20261126T120000Z is now earlier than 20261126T120100Z', 'the clock of this machine is wrong'],
  ["Credential should be scoped to a valid region, not 'us-east-1'.", 'the request was signed for another region'],
  ["Credential should be scoped to correct service: 'execute-api'.", 'the request was signed for another AWS service'],
  ['The request signature we calculated does not match the signature you provided.', 'check the secret access key'],
  ['User: anonymous is not authorized to access this resource', 'the credentials do not allow this request'],
])('explains "%s"', async (message, hint) => {
  const body = JSON.stringify({ message });
  const [tools, plan] = await answered(403, body, 'application/json', ['tools'], ['unregister', 'tool-echo']);
  expect([tools, plan]).toEqual([expect.stringContaining(hint), expect.stringContaining(hint)]);
});

test.concurrent('explains credentials that an AWS service rejects', async () => {
  const error = (code: string) =>
    `<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;
  const hintFor = async (code: string) =>
    (await answered(403, error(code), 'text/xml', ['status', '--stack', 'Orders']))[0];
  expect(await hintFor('ExpiredToken')).toContain('the AWS credentials have expired: sign in again');
  expect(await hintFor('InvalidClientTokenId')).toContain('AWS does not know the access key');
});
