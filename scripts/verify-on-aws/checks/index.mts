import type { Check } from '../check.mjs';
import { largeResult, longTask, publishing } from './features.mjs';
import { lifecycle, replacedRole } from './lifecycle.mjs';
import { metrics, network, python, throttling } from './operation.mjs';
import { addPermission } from './permissions.mjs';
import { longStream, manySessions, owner, promptEvents, promptProgress, vanishedClient } from './streams.mjs';

/** In the order in which they run: what leaves much behind, or waits long, comes last. */
export const checks: readonly Check[] = [
  lifecycle,
  promptEvents,
  vanishedClient,
  owner,
  addPermission,
  replacedRole,
  largeResult,
  promptProgress,
  longTask,
  publishing,
  python,
  metrics,
  network,
  longStream,
  manySessions,
  throttling,
];
