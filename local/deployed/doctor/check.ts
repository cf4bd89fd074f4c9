import type { Registration } from '../../../src/private/registration.js';
import type { AwsAccess } from '../aws-access.js';
import type { DeployedServer } from '../deployed-server.js';
import type { ServerStack } from '../server-stack.js';
import type { Probe } from './probe.js';

/** Something wrong, with what shows it, why it is so, and what to do. */
export interface Fault {
  /** Name of the fault, which does not change: scripts can look for it. */
  readonly id: string;
  /** A warning does not change the exit code. */
  readonly severity: 'fault' | 'warning';
  /** What has the fault, if it is not the server: a registration, a function, an alarm. */
  readonly subject?: string;
  readonly evidence: string;
  readonly cause: string;
  readonly fix: string;
}

/** The result of a check: what it found in order, why it does not apply, or faults. */
export type CheckResult =
  | { readonly ok: string }
  | { readonly skipped: string }
  | { readonly faults: readonly Fault[] };

/** What a check works with. */
export interface Inspection {
  readonly server: DeployedServer;
  readonly probe: Probe;
  /** The stack and its account; absent if only the URL is known. */
  readonly deployed?: { readonly stack: ServerStack; readonly aws: AwsAccess };
  /** Returns the registrations, which are read once. @throws if the Registration API does not return them */
  readonly registrations: () => Promise<Registration[]>;
  /** How long streams have to stay open, in milliseconds. */
  readonly holdMs: number;
  readonly now: number;
}

export interface Check {
  readonly name: string;
  run(inspection: Inspection): Promise<CheckResult>;
}

/** A check that reads the stack. */
export function stackCheck(
  name: string,
  run: (deployed: NonNullable<Inspection['deployed']>, inspection: Inspection) => Promise<CheckResult>,
): Check {
  return {
    name,
    run: async (inspection) =>
      inspection.deployed ? run(inspection.deployed, inspection) : { skipped: 'requires --stack' },
  };
}

/** The result of a check that looks for several faults. */
export function resultOf(faults: readonly Fault[], ok: string): CheckResult {
  return faults.length > 0 ? { faults } : { ok };
}

/** Whether AWS does not have a resource of the stack. */
export function isMissing(error: unknown): boolean {
  return (error as Error).name === 'ResourceNotFoundException';
}

/** Returns a command for the stack, with its name if that is known. */
export function forStack(command: string, { deployed }: Pick<Inspection, 'deployed'>): string {
  return `mcp-lambda ${command} --stack ${deployed?.stack.name ?? '<name>'}`;
}

/** `1 alarm`, `2 alarms`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

export function fault(id: string, details: Omit<Fault, 'id' | 'severity'>): Fault {
  return { id, severity: 'fault', ...details };
}

export function warning(id: string, details: Omit<Fault, 'id' | 'severity'>): Fault {
  return { id, severity: 'warning', ...details };
}
