import { issuerMetadataUrls } from '../../src/private/oauth.js';
import { isObject } from '../shared/json.js';
import { fetchDocument, IssuerUnavailable } from './fetch-document.js';

/**
 * Finds the address of an issuer's key set, by its metadata. The addresses and their order are those of the MCP specification.
 *
 * @throws {@link IssuerUnavailable} if no address has metadata of this issuer
 */
export async function discoverJwksUri(issuer: string): Promise<string> {
  const rejected: string[] = [];
  for (const url of new Set(issuerMetadataUrls(issuer))) {
    const metadata = parse(await fetchDocument(url));
    if (!isObject(metadata)) continue;
    const { issuer: declared, jwks_uri: jwksUri } = metadata;
    if (declared !== issuer) rejected.push(`${url} is the metadata of another issuer, ${JSON.stringify(declared)}`);
    else if (typeof jwksUri !== 'string') rejected.push(`${url} has no jwks_uri`);
    else return jwksUri;
  }
  throw new IssuerUnavailable(
    `no metadata of issuer ${issuer}: ${rejected.join('; ') || 'none of its well-known addresses answers'}`,
  );
}

function parse(document: Uint8Array | undefined): unknown {
  if (!document) return undefined;
  try {
    return JSON.parse(Buffer.from(document).toString('utf8'));
  } catch {
    return undefined;
  }
}
