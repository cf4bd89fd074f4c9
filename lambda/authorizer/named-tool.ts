import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { ENV } from '../../src/private/contract.js';
import { missingScopes } from '../access/rules.js';
import type { TokenCaller } from '../oauth/token.js';
import { type Catalog, CatalogCache } from '../registry/catalog.js';
import { toolsetCatalog } from '../registry/toolset-catalog.js';
import { optionalEnv } from '../shared/env.js';
import { decodeHeader } from '../shared/header-value.js';
import { toolsetOf } from '../shared/http.js';
import { log } from '../shared/log.js';

/** Longest time for the registry, milliseconds. The issuer's documents may take most of the time that the authorizer has. */
const READ_MS = 2_000;

const catalog = new CatalogCache();

/**
 * The scopes that a caller lacks for the tool that the headers of a request name. The headers only bring the challenge earlier: the
 * function decides by the body of the request, whatever they say.
 */
export async function missingToolScopes(
  event: APIGatewayRequestAuthorizerEvent,
  caller: TokenCaller,
): Promise<readonly string[]> {
  if (!optionalEnv(ENV.REGISTRY_TABLE)) return []; // the Registration API has no tools
  const name = headerOf(event, 'mcp-name');
  const tool = name === undefined ? undefined : decodeHeader(name);
  if (tool === undefined || headerOf(event, 'mcp-method') !== 'tools/call') return [];
  try {
    const { tools } = toolsetCatalog(await readCatalog(), toolsetOf(event));
    const registration = tools.find((each) => each.name === tool);
    return (registration && missingScopes(registration, caller)) ?? [];
  } catch (error) {
    log.warn('cannot read the access rule of a tool: the server decides', error as Error);
    return [];
  }
}

async function readCatalog(): Promise<Catalog> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the registry did not answer within ${READ_MS} ms`)), READ_MS);
  });
  try {
    return await Promise.race([catalog.get(), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The value of a header that is there once. */
function headerOf({ headers, multiValueHeaders }: APIGatewayRequestAuthorizerEvent, name: string): string | undefined {
  const values = Object.entries(multiValueHeaders ?? headers ?? {})
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, value]) => value ?? []);
  return values.length === 1 ? values[0] : undefined;
}
