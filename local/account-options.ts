import type { McpCall } from './calls/call.js';
import type { Environment } from './environment.js';
import type { GivenFunctions } from './external-functions.js';
import type { EndpointUrls } from './services/aws-endpoint/external-endpoints.js';
import type { PassthroughOptions } from './services/aws-endpoint/passthrough.js';
import type { AccessCheck } from './services/aws-endpoint/server.js';
import type { InjectedFault } from './services/faults/faults.js';
import type { FaultPlan } from './services/faults/file.js';
import type { LogLine } from './services/lambda/log-lines.js';
import type { Isolation } from './services/lambda/service.js';
import type { GivenValues } from './services/start.js';
import type { InventoryEntry } from './stacks/stack.js';
import type { KeyMaterial } from './state/key-material.js';

/** Options of the emulated account. */
export interface LocalAccountOptions {
  readonly port: number;
  readonly isolation: Isolation;
  readonly enforceAuth: boolean;
  /** Role that unsigned requests come from; the caller `local` if absent. */
  readonly as?: string;
  readonly idleTimeoutMs?: number;
  readonly passthrough?: PassthroughOptions;
  readonly endpoints?: EndpointUrls;
  readonly given?: GivenValues;
  readonly implementations?: GivenFunctions;
  readonly faults?: FaultPlan;
  /** Port of the first debugger; absent without debuggers. */
  readonly debug?: number;
  /** Keys of users, roles and API keys. */
  readonly keyMaterial?: KeyMaterial;
  readonly workDir: string;
  readonly cwd: string;
  readonly environment: Environment;
  /** Receives each log line, with the MCP call that it belongs to. */
  readonly onLog: (line: LogLine, call?: McpCall) => void;
  readonly onNotice: (text: string) => void;
  /** Receives each stack when it is deployed for the first time. */
  readonly onDeployed: (stackName: string, inventory: readonly InventoryEntry[]) => void;
  /** Receives what starts. The returned function is called at its end. */
  readonly onStep: (text: string) => () => void;
  readonly onAccess?: (access: AccessCheck) => void;
  readonly onFault?: (injected: InjectedFault) => void;
}
