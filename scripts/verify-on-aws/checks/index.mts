import type { Check } from '../check.mjs';
import { largeResult, longTask, publishing } from './features.mjs';
import { lifecycle, replacedRole } from './lifecycle.mjs';
import { metrics, network, python, throttling } from './operation.mjs';
import { addPermission } from './permissions.mjs';
import {
  disconnectedClient,
  eventLatency,
  longStream,
  manySessions,
  progressLatency,
  sessionOwner,
} from './streams.mjs';

/** All checks, in the order they run. Slow checks, and those that leave many resources behind, come last. */
export const checks: readonly Check[] = [
  lifecycle,
  eventLatency,
  disconnectedClient,
  sessionOwner,
  addPermission,
  replacedRole,
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
