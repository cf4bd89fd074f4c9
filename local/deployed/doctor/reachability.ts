import { AUTHORIZATION, ENV } from '../../../src/private/contract.js';
import { isFunctionUrlDenial } from '../../function-url.js';
import { reasonOf } from '../failure.js';
import { McpClient } from '../mcp-client.js';
import { type Check, type Fault, fault, forStack, type Inspection, isMissing, resultOf, warning } from './check.js';
import { excerpt } from './probe.js';

/** SigV4 accepts signatures of the last five minutes. */
const MAX_SKEW_MS = 300_000;

/** The server responds at its address. */
export const reachable: Check = {
  name: 'reachability',
  async run(inspection) {
    const { server, probe } = inspection;
    const { href } = server.mcpUrl;
    try {
      const { status, headers, text, milliseconds } = await probe.unsigned();
      const evidence = `POST ${href} returned ${status}: ${excerpt(headers.get('location') ?? text)}`;
      if (status >= 300 && status < 400) return { faults: [redirected(evidence)] };
      if (status === 404 || status === 405 || (status < 300 && !text.includes('"jsonrpc"'))) {
        return { faults: [otherServer(evidence)] };
      }
      if (status < 500) return { ok: `${href} responds in ${Math.round(milliseconds)} ms` };
      return { faults: [serverError(evidence, inspection)] };
    } catch (error) {
      const evidence = `POST ${href}: ${reasonOf(error)}`;
      const cause = 'the address is wrong, the stack was deleted, or the network does not allow the connection';
      const privateApi = server.isFunctionUrl ? '' : '; for a private API, connect from its VPC';
      const fix = `compare the address with the output McpUrl of the stack${privateApi}`;
      return { faults: [fault('unreachable', { evidence, cause, fix })] };
    }
  },
};

function serverError(evidence: string, inspection: Inspection): Fault {
  return fault('server-error', {
    evidence,
    cause: inspection.server.isFunctionUrl
      ? 'the server function fails, or has no concurrency left'
      : 'the server function fails, has no concurrency left, or API Gateway may not invoke it',
    fix: `read the errors in the log group of the server: ${forStack('tail --errors', inspection)}`,
  });
}

function redirected(evidence: string): Fault {
  return fault('redirected', {
    evidence,
    cause: 'a proxy redirects the address: clients do not repeat a POST request, or leave out its authorization',
    fix: 'give clients the address that it redirects to, or remove the redirect',
  });
}

function otherServer(evidence: string): Fault {
  return fault('other-server', {
    evidence,
    cause: 'the address belongs to another service, or a proxy responds instead of the server',
    fix: 'compare the address with the output McpUrl of the stack; let the proxy forward the path',
  });
}

/** The clock of this machine and that of the server agree. */
export const clock: Check = {
  name: 'clock',
  async run({ probe }) {
    const { headers } = await probe.unsigned();
    const date = Date.parse(headers.get('date') ?? '');
    if (Number.isNaN(date)) return { skipped: 'the response has no Date header' };
    const skew = Date.now() - date;
    const seconds = Math.round(Math.abs(skew) / 1000);
    if (Math.abs(skew) < MAX_SKEW_MS) return { ok: `differs by ${Math.max(0, seconds - 1)} s at most` };
    const evidence = `this machine is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} the server`;
    const cause = 'the clock of this machine is wrong: AWS rejects its signatures, and tokens seem expired';
    return { faults: [fault('clock-skew', { evidence, cause, fix: 'synchronize the clock of this machine (NTP)' })] };
  },
};

/** A request with the user's credentials succeeds. */
export const signedRequest: Check = {
  name: 'credentials',
  async run(inspection) {
    try {
      const { serverInfo, _meta } = await new McpClient(inspection.server).discover();
      const name = serverInfo?.name ?? _meta?.['io.modelcontextprotocol/serverInfo']?.name;
      return { ok: `the credentials of this user are accepted${name ? ` by ${name}` : ''}` };
    } catch (error) {
      if (isMissing(error)) throw error;
      const { message, hints = [] } = error as Error & { hints?: readonly string[] };
      const policy = `docs/iam/connect${inspection.server.isFunctionUrl ? '-function-url' : ''}.json`;
      const expected = await inspection.deployed?.stack.variable(ENV.AUTHORIZATION);
      if (isFunctionUrlDenial(message) && expected !== undefined && expected !== AUTHORIZATION.IAM) {
        return { faults: [missingUrlPermission(message)] };
      }
      if (/not authorized to perform: execute-api:Invoke/.test(message) || isFunctionUrlDenial(message)) {
        return { skipped: `these credentials may not connect: ${policy}` };
      }
      if (/returned 5\d\d/.test(message)) return { faults: [serverError(message, inspection)] };
      const cause = /signature|expired|security token|scoped to/i.test(message)
        ? 'the signature is rejected: another region or service, an expired session, or a clock that is wrong'
        : 'these credentials are not allowed to connect';
      const fix = hints[0] ?? `grant the principal access with server.grantConnect(), or ${policy}`;
      return { faults: [fault('request-denied', { evidence: message, cause, fix })] };
    }
  },
};

/** A function URL without IAM authorization lets no one in. */
function missingUrlPermission(evidence: string): Fault {
  return fault('url-permission-missing', {
    evidence,
    cause:
      'the policy of the function must allow everyone lambda:InvokeFunctionUrl and lambda:InvokeFunction, and lacks one of them',
    fix: 'deploy the stack again, and check what was removed: aws lambda get-policy --function-name <HttpFunction>',
  });
}

/** Requests without credentials are rejected, if the server authenticates callers. */
export const rejectsAnonymous: Check = {
  name: 'authorization',
  async run({ server, probe, deployed }: Inspection) {
    const { status, text } = await probe.unsigned();
    const expected = await deployed?.stack.variable(ENV.AUTHORIZATION);
    if (expected === AUTHORIZATION.NONE) return { skipped: 'the server has no authorization (McpAuth.none())' };
    if (status >= 300) return resultOf([], `a request without credentials gets ${status}`);
    if (server.isLocal) return { skipped: 'the local runner runs without --enforce-auth' };
    const evidence = `a request without credentials got ${status}: ${excerpt(text)}`;
    const cause =
      expected === undefined
        ? 'the server does not authenticate callers (McpAuth.none()), or a proxy in front of it adds credentials'
        : `the server is configured for ${expected}, but the deployed ${server.isFunctionUrl ? 'function URL' : 'stage'} does not enforce it`;
    const fix = `deploy the stack again, and check what was changed by hand in ${server.isFunctionUrl ? 'Lambda' : 'API Gateway'}`;
    // with the URL alone, it may be the intention
    const report = expected === undefined ? warning : fault;
    return { faults: [report('open-to-everyone', { evidence, cause, fix })] };
  },
};
