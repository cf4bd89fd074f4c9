import { authorization } from './authorization';
import { coldStart, quota } from './cold-start';
import { exactJson } from './exact-json';
import { mcp } from './mcp';
import { opening } from './opening';
import type { Benchmark } from './ratio';
import { sse } from './sse';

/** All benchmarks with a peer, the quickest first. */
export const SUITE: readonly Benchmark[] = [exactJson, coldStart, quota, mcp, sse, opening, authorization];
