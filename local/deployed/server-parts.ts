import { createHash } from 'node:crypto';
import type { Output } from '@aws-sdk/client-cloudformation';
import { functionUrlRegion } from '../function-url.js';
import { Failure } from './failure.js';

/** Output with the URL of a server: its id without a final `Mcp`, and the CDK's hash. */
const MCP_URL = /^(.*)McpUrl([0-9A-F]{8})$/;
/** Output with the URL of the Registration API. */
const REGISTRATION_URL = /^(.*)RegistrationUrl([0-9A-F]{8})$/;
/** Paths of the server functions in the server, by the names that they have in logical ids. */
const FUNCTION_PATHS = {
  HttpFunction: 'HttpFunction',
  SseFunction: 'SseFunction',
  MessageFunction: 'MessageFunction',
  RegistrationFunction: 'RegistrationFunction',
  RegistrationProvider: 'RegistrationProvider',
  SweeperFunction: 'SweeperFunction',
  TaskRunnerFunction: 'TaskRunnerFunction',
  /** The authorizer of clients. */
  AuthFunction: 'Auth/Function',
  /** The authorizer of the Registration API. */
  RegistrationAuthFunction: 'RegistrationAuth/Function',
} as const;
export type ServerFunctionName = keyof typeof FUNCTION_PATHS;

/** Logical ids of the server functions: the id of the server, the function, and the CDK's hash. */
const FUNCTION = new RegExp(`^(.*?)(${Object.keys(FUNCTION_PATHS).join('|')})([0-9A-F]{8})$`);

/** A resource of a stack. */
export interface Resource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

/** The address of a server in the outputs of its stack, with what the logical ids of its parts begin with. */
export interface ServerAddress {
  readonly url: URL;
  /** The ids that the server may have in logical ids; absent if the output has another name than that of the construct. */
  readonly ids?: readonly string[];
  /** The path of the server in its stack, from which all hashes follow; absent if the logical id does not reveal it. */
  readonly path?: string;
}

/** Returns the addresses of the servers of a stack. */
export function serverAddresses(outputs: readonly Output[]): ServerAddress[] {
  const named = outputs.flatMap(({ OutputKey = '', OutputValue = '' }) => {
    const [, prefix, hash] = MCP_URL.exec(OutputKey) ?? [];
    if (prefix === undefined || !URL.canParse(OutputValue)) return [];
    return [{ url: new URL(OutputValue), ...identify(prefix, hash!) }];
  });
  if (named.length > 0) return named;
  // outputs with another name, such as those of the packaged SAM template
  const urls = outputs.map(({ OutputValue = '' }) => OutputValue).filter((value) => /^https?:.*\/mcp$/.test(value));
  return [...new Set(urls)].map((url) => ({ url: new URL(url) }));
}

/** Returns the URL of the Registration API; undefined if not exactly one output can have it. */
export function registrationUrlOf(server: ServerAddress, outputs: readonly Output[]): URL | undefined {
  const urls = outputs.flatMap(({ OutputKey = '', OutputValue = '' }) => {
    const [, id, hash] = REGISTRATION_URL.exec(OutputKey) ?? [];
    const isOwn = id !== undefined && isPart(server, id, hash!, 'RegistrationUrl');
    return isOwn && URL.canParse(OutputValue) ? [new URL(OutputValue)] : [];
  });
  return urls.length === 1 ? urls[0] : undefined;
}

/**
 * Returns the kind of endpoint, by its addresses: the function URL for clients is another one than that of the Registration API. The resources
 * do not tell, as the owner of a REST API may add a function URL to the same function.
 */
export function endpointOf({ url }: ServerAddress, registrationUrl: URL | undefined): 'restApi' | 'functionUrl' {
  if (functionUrlRegion(url) !== undefined) return 'functionUrl';
  // the local runner and emulators have other host names
  return registrationUrl !== undefined && registrationUrl.origin !== url.origin ? 'functionUrl' : 'restApi';
}

/**
 * Finds the functions of a server by their logical ids, which upgrades keep.
 * @param stack the name of the stack, and the servers in it
 * @throws Failure if the logical ids do not distinguish them from other functions
 */
export function functionsOf(
  server: ServerAddress,
  resources: readonly Resource[],
  stack: { readonly name: string; readonly servers: readonly ServerAddress[] },
): Map<ServerFunctionName, string> {
  const functions = resources.flatMap(({ logicalId, physicalId, type }) => {
    const [, id, name, hash] = (type === 'AWS::Lambda::Function' && FUNCTION.exec(logicalId)) || [];
    if (id === undefined) return [];
    const functionName = name as ServerFunctionName;
    const isOwn = isPart(server, id, hash!, `${FUNCTION_PATHS[functionName]}/Resource`);
    return [{ logicalId, physicalId, name: functionName, isOwn }];
  });
  const own = functions.filter(({ isOwn }) => isOwn);
  // without one, they were renamed
  const found = own.length > 0 || stack.servers.length > 1 ? own : functions;
  const physicalIds = new Map(found.map(({ name, physicalId }) => [name, physicalId]));
  for (const name of physicalIds.keys()) {
    const candidates = found.filter((each) => each.name === name).map(({ logicalId }) => logicalId);
    if (candidates.length > 1) throw ambiguous(stack.name, name, server.url, candidates);
  }
  return physicalIds;
}

function ambiguous(stackName: string, name: ServerFunctionName, url: URL, candidates: readonly string[]): Failure {
  return new Failure(
    `stack ${stackName} has several functions that may be the ${name} of ${url.href}: ${candidates.join(', ')}`,
    [
      'pass --url without --stack, for commands that require only the address of the server',
      'for other commands, give one of the constructs another id, or define it in another stack',
    ],
  );
}

/** Whether a logical id, split into the id of a server and a hash, is that of a part of the server. */
function isPart({ ids, path }: ServerAddress, id: string, hash: string, part: string): boolean {
  return ids === undefined || (ids.includes(id) && (path === undefined || hashOf(`${path}/${part}`) === hash));
}

/**
 * Returns the id of a server in logical ids, given its `McpUrl` output, which leaves out a final `Mcp`. A server of the stack, or of a construct
 * in the stack, is found by the hash of its path; another one may have both ids.
 */
function identify(prefix: string, hash: string): Pick<ServerAddress, 'ids' | 'path'> {
  const ids = [prefix, `${prefix}Mcp`];
  for (const id of ids) {
    const inConstructs = Array.from(id, (_, index) => `${id.slice(0, index)}/${id.slice(index)}`);
    const path = [id, ...inConstructs].find((each) => hashOf(`${each}/McpUrl`) === hash);
    if (path !== undefined) return { ids: [id], path };
  }
  return { ids };
}

/** Returns the hash that the CDK appends to the logical id of a construct at a path in its stack. */
function hashOf(path: string): string {
  return createHash('md5').update(path).digest('hex').slice(0, 8).toUpperCase();
}
