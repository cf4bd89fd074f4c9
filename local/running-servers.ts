import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLoopbackUrl } from './assembly/urls.js';
import type { Credentials } from './services/iam/service.js';

/** A server that a local runner serves, with what commands need to call it. */
export interface RunningServer {
  /** URL of the stage. */
  readonly url: string;
  /** Name of the stack that defines the server. */
  readonly stack: string;
  readonly region: string;
  /** `AWS_ENDPOINT_URL` for clients. */
  readonly awsEndpointUrl: string;
  /** Credentials of the user `admin`. */
  readonly credentials: Credentials;
  /** Values for `x-api-key`; empty if the server does not use API keys. */
  readonly apiKeys: readonly string[];
}

/**
 * Writes a file for each server, from which commands learn how to call the AWS services of the runner. Only the user who started the runner can
 * read the files.
 * @returns a function that removes the files
 */
export function publishServers(servers: readonly RunningServer[]): () => void {
  const files = servers.map((server) => {
    const file = fileOf(new URL(server.url));
    rmSync(file, { force: true });
    // fails if another user has created the file in the meantime
    writeFileSync(file, JSON.stringify({ ...server, pid: process.pid }), { mode: 0o600, flag: 'wx' });
    return file;
  });
  return () => {
    for (const file of files) rmSync(file, { force: true });
  };
}

/** Finds the server at a URL of this machine. Returns undefined if no runner of this user serves it. */
export function findRunningServer(url: URL): RunningServer | undefined {
  if (!isLoopbackUrl(url.href)) return undefined;
  const file = fileOf(url);
  try {
    if (process.getuid && statSync(file).uid !== process.getuid()) return undefined;
    const { pid, ...server } = JSON.parse(readFileSync(file, 'utf8')) as RunningServer & { pid: number };
    process.kill(pid, 0); // throws if the runner has been killed
    return server;
  } catch {
    return undefined;
  }
}

function fileOf(url: URL): string {
  const user = process.getuid?.() ?? '';
  return join(tmpdir(), `mcp-lambda-${user}-${url.port}.json`);
}
