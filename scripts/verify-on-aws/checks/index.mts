import type { Check } from '../check.mjs';
import { largeResult, longTask, publishing } from './features.mjs';
import { lifecycle, replacedRole } from './lifecycle.mjs';
import { metrics, network, python, throttling } from './operation.mjs';
import { addPermission, alias, deletedPrincipal } from './permissions.mjs';
import { bodylessResponses, noConcurrency } from './responses.mjs';
import {
  disconnectedClient,
  eventLatency,
  firstEvents,
  longStream,
  manySessions,
  progressLatency,
  sessionOwner,
} from './streams.mjs';

/** All checks, in the order they run. Slow checks, and those that leave many resources behind, come last. */
export const checks: readonly Check[] = [
  lifecycle,
  firstEvents,
  bodylessResponses,
  eventLatency,
  disconnectedClient,
  sessionOwner,
  addPermission,
  alias,
  deletedPrincipal,
  replacedRole,
  noConcurrency,
  largeResult,
  progressLatency,
  longTask,
  publishing,
  python,
  metrics,
  network,
  longStream,
  manySessions,
  throttling,
];
