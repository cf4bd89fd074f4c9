import { type Caller, type Check, type Context, ensure, PING } from '../check.mjs';
import { httpClient } from '../client/mcp.mjs';
import { requestSigner } from '../client/signed-fetch.mjs';
import { callWithProgress } from './streams.mjs';

const POST = {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
  body: JSON.stringify(PING),
};

type Outputs = NonNullable<Context['urls']>;

function outputsOf({ urls }: Context): Outputs {
  ensure(urls, 'the stack with function URLs is not deployed');
  return urls;
}

/** `fetch` that signs for Lambda with a role of the stack. */
function as(context: Context, caller: Caller, roleArn: string): typeof fetch {
  const { target, signal } = context;
  const sign = requestSigner(target.region, target.credentialsOf(caller, roleArn), signal, 'lambda');
  return async (input, init) => (await sign(input instanceof Request ? input.url : input, init))();
}

export const functionUrl: Check = {
  id: 35,
  claim: 'A function URL requires both permissions, and streams',
  option: 'urls',
  async run(context) {
    const { Mcp, Register, AliceArn, HalfArn } = outputsOf(context) as Record<string, string>;
    const alice = as(context, 'Alice', AliceArn!);
    const denied: Record<string, () => Promise<Response>> = {
      'without a signature': () => fetch(Mcp!, { ...POST, signal: context.signal }),
      'without lambda:InvokeFunction': () => as(context, 'Bob', HalfArn!)(Mcp!, POST),
      'to the Registration API with grantConnect': () => alice(Register!),
    };
    for (const [name, send] of Object.entries(denied)) {
      const { status } = await send();
      ensure(status === 403, `a request ${name}: expected 403, got ${status}`);
    }
    await using client = await httpClient(Mcp!, alice);
    return `403 for ${Object.keys(denied).length} requests; ${await callWithProgress(context, client)}`;
  },
};

export const remappedChallenge: Check = {
  id: 36,
  claim: 'Clients find where to sign in without the challenge, which function URLs rename',
  option: 'urls',
  async run(context) {
    const { Tokens: url } = outputsOf(context) as Record<string, string>;
    const send = (address: string | URL, init?: RequestInit) => fetch(address, { ...init, signal: context.signal });
    const response = await send(url!, POST);
    const text = await response.text();
    ensure(response.status === 401 && text.includes('"jsonrpc"'), `expected 401, got ${response.status} ${text}`);
    const renamed = [...response.headers.keys()].filter((name) => name.includes('www-authenticate'));
    const elsewhere = { 'x-forwarded-host': 'attacker.example', forwarded: 'host=attacker.example' };
    for (const path of ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource']) {
      const metadata = await send(new URL(path, url), { headers: elsewhere });
      const { resource } = (await metadata.json()) as { resource?: string };
      ensure(resource === url, `the metadata at ${path} has the resource ${resource}`);
    }
    return `401, with the challenge in ${renamed.join(', ') || 'no header'}; the metadata is at the root of the host`;
  },
};
