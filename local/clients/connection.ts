import { isLoopbackUrl } from '../assembly/urls.js';
import { thisPackage } from './packages.js';

/** How a server authorizes callers. */
export type Auth = 'none' | 'iam' | 'api-key' | 'oauth';
export const AUTHS: readonly Auth[] = ['none', 'iam', 'api-key', 'oauth'];

/** What a client needs to connect to a server. */
export interface Connection {
  /** Name of the server in the client. */
  readonly name: string;
  /** MCP URL. */
  readonly url: string;
  readonly auth: Auth;
  /** The API key. Files of a project have a variable instead, unless the server is on this machine. */
  readonly apiKey?: string;
  /** The id of a client at the identity provider; absent for clients that register themselves. */
  readonly clientId?: string;
  /** AWS profile and region to sign with; the default chain and the region of the URL if absent. */
  readonly profile?: string;
  readonly region?: string;
  /** Role of an app on this machine. */
  readonly as?: string;
}

/** A program that a client starts. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Returns the program that signs requests for a client. */
export function bridgeProgram({ url, as, profile, region }: Connection): Program {
  const options = { '--as': as, '--profile': profile, '--region': region };
  const args = Object.entries(options).flatMap(([option, value]) => (value === undefined ? [] : [option, value]));
  return { command: 'npx', args: ['-y', '-p', thisPackage(), 'mcp-lambda', 'connect', url, ...args] };
}

/** Returns the name of the environment variable for the API key of a server. */
export function apiKeyVariable(name: string): string {
  return `${name.replace(/\W/g, '_').toUpperCase()}_API_KEY`;
}

/**
 * Returns the value of the header `x-api-key` in a file that is part of a project.
 * @param reference how the client refers to a variable
 */
export function sharedApiKey({ apiKey, url }: Connection, reference: string): string {
  return apiKey !== undefined && isLoopbackUrl(url) ? apiKey : reference;
}
