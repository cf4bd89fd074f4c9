import { isFunctionUrlDenial } from '../function-url.js';
import { metadataUrls, REMAPPED_CHALLENGE, resourceMetadataAddress } from '../oauth-metadata-urls.js';
import type { Auth } from './connection.js';

/** What an unsigned request shows about a server. */
export interface Detected {
  readonly auth: Auth;
  /** Whether users need the id of a client, because the identity provider does not register clients. */
  readonly needsClientId?: boolean;
}

interface Metadata {
  readonly registration_endpoint?: unknown;
  readonly client_id_metadata_document_supported?: unknown;
}

const REQUEST_MS = 10_000;

/**
 * Determines how a server authorizes callers, by the response to a request without credentials.
 * @throws if the response does not show it
 */
export async function detectAuth(url: string): Promise<Detected> {
  const response = await get(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  });
  const text = await response.text();
  const challenge = response.headers.get('www-authenticate') ?? response.headers.get(REMAPPED_CHALLENGE) ?? '';
  if (response.status === 401 && /^bearer\b/i.test(challenge)) {
    const metadata = resourceMetadataAddress(url, response.headers);
    return { auth: 'oauth', needsClientId: metadata !== undefined && !(await registersClients(metadata)) };
  }
  const isUnsigned = text.includes('Missing Authentication Token') || isFunctionUrlDenial(text);
  if (response.status === 403 && isUnsigned) return { auth: 'iam' };
  if (response.status === 403) return { auth: 'api-key' };
  if (response.status < 400 || text.includes('"jsonrpc"')) return { auth: 'none' };
  throw new Error(`${url} answered ${response.status}, which does not show how it authorizes callers: pass --auth`);
}

/** Whether clients can register themselves, or use their own metadata document, at the identity provider of a server. */
async function registersClients(metadataUrl: string): Promise<boolean> {
  try {
    const { authorization_servers: [issuer] = [] } = (await (await get(metadataUrl)).json()) as {
      authorization_servers?: string[];
    };
    if (issuer === undefined) return false;
    for (const url of metadataUrls(issuer)) {
      const response = await get(url);
      if (!response.ok) continue;
      const metadata = (await response.json()) as Metadata;
      return metadata.registration_endpoint !== undefined || metadata.client_id_metadata_document_supported === true;
    }
  } catch {} // clients will report it
  return false;
}

async function get(url: string | URL, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_MS) });
  } catch (error) {
    const reason = (error as { cause?: Error }).cause?.message ?? (error as Error).message;
    throw new Error(`cannot reach ${url}: ${reason}; start the server, or pass --auth`);
  }
}
