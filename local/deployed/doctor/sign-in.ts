import { PATHS } from '../../../src/private/contract.js';
import { metadataUrls, resourceMetadataUrl } from '../../oauth-metadata-urls.js';
import { reasonOf } from '../failure.js';
import { type Check, type Fault, fault, type Inspection, resultOf } from './check.js';
import { excerpt } from './probe.js';

type Metadata = Record<string, any>;

/** A request without a token gets a challenge from which clients find the authorization server. */
export const signIn: Check = {
  name: 'sign-in',
  async run(inspection) {
    const { status, headers } = await inspection.probe.unsigned();
    const challenge = headers.get('www-authenticate');
    if (status !== 401)
      return { skipped: `the server does not use OAuth: a request without credentials gets ${status}` };
    const faults: Fault[] = [];
    if (challenge === null) {
      const remapped = headers.get('x-amzn-remapped-www-authenticate');
      return { faults: [remapped === null ? missingChallenge() : remappedChallenge(remapped)] };
    }
    const url = resourceMetadataUrl(challenge);
    if (url === undefined || !URL.canParse(url)) {
      return { faults: [missingMetadata(challenge)] };
    }
    faults.push(...(await checkMetadata(inspection, new URL(url))));
    return resultOf(faults, `the challenge leads to ${url}, and that to an authorization server`);
  },
};

function missingChallenge(): Fault {
  return fault('challenge-missing', {
    evidence: 'the response has the status 401, and no WWW-Authenticate header',
    cause: 'a proxy removes the header, or the authorizer is not that of McpAuth.oauth()',
    fix: 'let the CDN or proxy pass WWW-Authenticate, or use auth: McpAuth.oauth()',
  });
}

function remappedChallenge(value: string): Fault {
  return fault('challenge-remapped', {
    evidence: `x-amzn-remapped-www-authenticate: ${value}`,
    cause: 'the 401 comes from an integration: API Gateway renames the header, and clients do not read it',
    fix: 'let API Gateway send the challenge: use auth: McpAuth.oauth(), which adds a gateway response',
  });
}

function missingMetadata(challenge: string): Fault {
  return fault('challenge-without-metadata', {
    evidence: `WWW-Authenticate: ${challenge}`,
    cause: 'the challenge does not name the protected resource metadata (RFC 9728): clients have to guess',
    fix: 'use auth: McpAuth.oauth(), or add resource_metadata="…" to the challenge of your authorizer',
  });
}

async function checkMetadata({ server, probe }: Inspection, url: URL): Promise<Fault[]> {
  const read = await readJson(() => probe.send(url));
  if ('problem' in read) {
    return [
      fault('metadata-unreachable', {
        evidence: `GET ${url.href}: ${read.problem}`,
        cause: 'the protected resource metadata is not served at the address in the challenge',
        fix: 'deploy the stack again; behind a CDN, forward /.well-known to the API, or set publicUrl',
      }),
    ];
  }
  const { resource, authorization_servers: issuers = [] } = read.json;
  const faults: Fault[] = [];
  const { href: address } = server.at(PATHS.MCP); // also for a toolset
  if (resource !== address) {
    faults.push(
      fault('metadata-resource', {
        evidence: `resource is ${resource}, but the address is ${address}`,
        cause: 'clients compare both, and strict clients refuse a difference: the server has another public address',
        fix: 'give users the address in the metadata, or set publicUrl of the server to the one they use',
      }),
    );
  }
  if (issuers.length === 0) {
    faults.push(
      fault('metadata-without-issuer', {
        evidence: `${url.href} has no authorization_servers`,
        cause: 'clients do not learn where users sign in',
        fix: 'pass issuers to McpAuth.oauth()',
      }),
    );
  }
  for (const issuer of issuers as string[]) faults.push(...(await checkIssuer({ probe }, issuer)));
  return faults;
}

async function checkIssuer({ probe }: Pick<Inspection, 'probe'>, issuer: string): Promise<Fault[]> {
  const problems: string[] = [];
  for (const url of metadataUrls(issuer)) {
    const read = await readJson(() => probe.send(url));
    if ('problem' in read) {
      problems.push(`${url.href}: ${read.problem}`);
      continue;
    }
    if (read.json.issuer === issuer) return checkKeys({ probe }, issuer, read.json.jwks_uri);
    return [
      fault('issuer-mismatch', {
        subject: issuer,
        evidence: `${url.href} has the issuer ${read.json.issuer}`,
        cause: 'clients must refuse metadata whose issuer is not the one that they looked up (RFC 8414)',
        fix: 'pass the issuer as its metadata has it to McpAuth.oauth(), character for character',
      }),
    ];
  }
  return [
    fault('issuer-unreachable', {
      subject: issuer,
      evidence: problems.join('; '),
      cause: 'the authorization server is down, or its address is wrong: users cannot sign in',
      fix: 'check issuers of McpAuth.oauth(), and the identity provider',
    }),
  ];
}

/** The authorization server publishes the keys with which the server verifies tokens. */
async function checkKeys({ probe }: Pick<Inspection, 'probe'>, issuer: string, url: unknown): Promise<Fault[]> {
  if (typeof url !== 'string' || !URL.canParse(url)) return [];
  const read = await readJson(() => probe.send(new URL(url)));
  const problem = 'problem' in read ? read.problem : (read.json.keys?.length ?? 0) === 0 ? 'it has no keys' : undefined;
  if (problem === undefined) return [];
  return [
    fault('issuer-keys-unreachable', {
      subject: issuer,
      evidence: `GET ${url}: ${problem}`,
      cause: 'the server cannot verify access tokens: it rejects all of them once its cached keys expire',
      fix: 'check the identity provider: its jwks_uri must return a JSON Web Key Set to everyone',
    }),
  ];
}

async function readJson(
  send: () => Promise<{ readonly status: number; readonly text: string }>,
): Promise<{ readonly json: Metadata } | { readonly problem: string }> {
  try {
    const { status, text } = await send();
    if (status !== 200) return { problem: `status ${status}: ${excerpt(text)}` };
    return { json: JSON.parse(text) as Metadata };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}
