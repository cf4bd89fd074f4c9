import type { Benchmark } from './ratio';

/** All benchmarks with a peer. Each is loaded when it is measured, so that no other code, such as the embedded DynamoDB, is in its process before. */
export const SUITE: readonly Benchmark[] = [
  { name: 'exact-json', measure: async () => (await import('./exact-json')).exactJson() },
  { name: 'cold-start', measure: async (effort) => (await import('./cold-start')).coldStart(effort) },
  { name: 'quota', measure: async (effort) => (await import('./cold-start')).quota(effort) },
  { name: 'mcp', measure: async (effort) => (await import('./mcp')).mcp(effort) },
  { name: 'sse', measure: async (effort) => (await import('./sse')).sse(effort) },
  { name: 'opening', measure: async (effort) => (await import('./opening')).opening(effort) },
  { name: 'authorization', measure: async (effort) => (await import('./authorization')).authorization(effort) },
];
