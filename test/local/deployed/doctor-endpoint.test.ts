/** Causes and fixes of `doctor` that depend on the endpoint of the server. */
import { describe, expect, it } from 'vitest';
import type { CheckResult, Inspection } from '../../../local/deployed/doctor/check.js';
import { reachable, signedRequest } from '../../../local/deployed/doctor/reachability.js';
import { Failure } from '../../../local/deployed/failure.js';

/** Returns the cause and the fix of the only fault. */
function advice(result: CheckResult): string {
  if (!('faults' in result) || result.faults.length !== 1) throw new Error(`not one fault: ${JSON.stringify(result)}`);
  return result.faults.map(({ cause, fix }) => `${cause}; ${fix}`).join();
}

/** A server that responds to requests with credentials with an error. */
function failing(isFunctionUrl: boolean, message: string, unsigned: () => Promise<object>): Inspection {
  const server = {
    mcpUrl: new URL('https://mcp.example.com/mcp'),
    isFunctionUrl,
    send: async () => new Response('', { status: 500 }),
    failure: async () => new Failure(message),
  };
  return { server, probe: { unsigned } } as unknown as Inspection;
}

const unavailable = async () => ({ status: 503, headers: new Headers(), text: '' });
const unreachable = async () => {
  throw new Error('connect ETIMEDOUT');
};

describe.each([
  ['a function URL', true],
  ['a REST API', false],
])('at %s', (_, isFunctionUrl) => {
  it.each([
    ['a server that responds with an error', reachable, '', unavailable],
    ['an address that does not respond', reachable, '', unreachable],
    ['a signed request that fails', signedRequest, 'mcp.example.com returned 502', unavailable],
    ['a signed request that is denied', signedRequest, 'mcp.example.com returned 403', unavailable],
  ])('explains %s', async (_case, check, message, unsigned) => {
    const text = advice(await check.run(failing(isFunctionUrl, message, unsigned)));
    expect(/API Gateway|private API|docs\/iam\/connect\.json/.test(text), text).toBe(!isFunctionUrl);
    expect(text.includes('docs/iam/connect-function-url.json'), text).toBe(isFunctionUrl && message.endsWith('403'));
  });

  it('explains a signature for another service', async () => {
    const message = "mcp.example.com returned 403: Credential should be scoped to correct service: 'execute-api'.";
    const text = advice(await signedRequest.run(failing(isFunctionUrl, message, unavailable)));
    expect(text).toMatch(/^the signature is rejected: another region or service, /);
  });
});
