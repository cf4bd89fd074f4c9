import type { Check } from '../check.mjs';
import { largeResult, longTask, publishing } from './features.mjs';
import { functionUrl, remappedChallenge } from './function-url.mjs';
import { lifecycle, replacedRole } from './lifecycle.mjs';
import { challenges, cognitoLogin, unavailableIssuer } from './oauth.mjs';
import { metrics, network, python, throttling } from './operation.mjs';
import { addPermission, alias, deletedPrincipal, removePermission } from './permissions.mjs';
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

/**
 * All checks, in the order they run and docs/verify-on-aws.md lists them: first those that decide whether clients can use the server. Slow
 * checks, and those that leave many resources behind, come last.
 */
export const checks: readonly Check[] = [
  lifecycle,
  firstEvents,
  bodylessResponses,
  eventLatency,
  sessionOwner,
  replacedRole,

  progressLatency,
  disconnectedClient,
  addPermission,
  removePermission,
  alias,
  deletedPrincipal,
  publishing,
  largeResult,
  longTask,
  python,
  metrics,
  longStream,
  network,
  challenges,
  unavailableIssuer,
  cognitoLogin,
  functionUrl,
  remappedChallenge,
  noConcurrency,
  manySessions,
  throttling,
];
