import type { Registration } from '../../src/private/registration.js';
import {
  type Check,
  type CheckResult,
  count,
  type Fault,
  fault,
  type Inspection,
  isMissing,
} from '../deployed/doctor/check.js';
import {
  alarms,
  counters,
  functionErrors,
  invocations,
  quota,
  stackState,
  sweeping,
} from '../deployed/doctor/operation.js';
import { Probe } from '../deployed/doctor/probe.js';
import { clock, reachable, rejectsAnonymous, signedRequest } from '../deployed/doctor/reachability.js';
import { functions, registry } from '../deployed/doctor/registrations.js';
import { signIn } from '../deployed/doctor/sign-in.js';
import { streams } from '../deployed/doctor/streams.js';
import { EXIT } from '../deployed/failure.js';
import { RegistrationApi } from '../deployed/registration-api.js';
import type { ServerOptions } from '../deployed/server-options.js';
import type { Terminal } from '../deployed/terminal.js';
import { withServer } from './with-server.js';

interface DoctorOptions extends ServerOptions {
  /** How long a stream has to stay open, in seconds. */
  readonly hold?: number;
}

/** Checks of the address, of which the first decides whether the others run. */
const ADDRESS: readonly Check[] = [reachable, clock, rejectsAnonymous, signIn, signedRequest, streams];
const DEPLOYMENT: readonly Check[] = [
  stackState,
  registry,
  functions,
  invocations,
  functionErrors,
  counters,
  sweeping,
  alarms,
  quota,
];
const HOLD_SECONDS = 5;

/** `mcp-lambda doctor`: checks a server end to end, and explains each fault. */
export async function doctor(options: DoctorOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    const deployed = server.hasStack ? { stack: server.stack('doctor'), aws: await server.aws() } : undefined;
    let registrations: Promise<Registration[]> | undefined;
    const inspection: Inspection = {
      server,
      probe: new Probe(server.mcpUrl),
      deployed,
      registrations: () => {
        registrations ??= new RegistrationApi(server).list();
        return registrations;
      },
      holdMs: (options.hold ?? HOLD_SECONDS) * 1000,
      now: Date.now(),
    };
    const results: Array<CheckResult & { readonly check: string }> = [];
    let isReachable = true;
    const missing = new Set<string>();
    for (const check of [...ADDRESS, ...DEPLOYMENT]) {
      terminal.progress(`checking ${check.name}`);
      const skips = !isReachable && (ADDRESS.includes(check) || check === registry || check === functions);
      const result = skips ? { skipped: 'the server is not reachable' } : await run(check, inspection, missing);
      if (check === reachable && 'faults' in result) isReachable = false;
      results.push({ check: check.name, ...result });
      if (!terminal.json) print(terminal, check.name, result);
    }
    const found = results.flatMap((each) => ('faults' in each ? each.faults : []));
    const faults = found.filter(({ severity }) => severity === 'fault').length;
    const warnings = found.length - faults;
    if (terminal.json) terminal.value({ faults, warnings, checks: results });
    else
      terminal.line(`\n${count(faults, 'fault')}, ${count(warnings, 'warning')} in ${count(results.length, 'check')}`);
    return faults > 0 ? EXIT.NEGATIVE : EXIT.SUCCESS;
  });
}

/**
 * Runs a check. One that the credentials do not allow is skipped.
 * @param missing evidence of missing resources that earlier checks reported
 */
async function run(check: Check, inspection: Inspection, missing: Set<string>): Promise<CheckResult> {
  try {
    return await check.run(inspection);
  } catch (error) {
    const { name, message } = error as Error;
    if (isMissing(error)) {
      if (missing.has(message)) return { skipped: message };
      missing.add(message);
      return { faults: [missingResource(message, inspection)] };
    }
    const denied = /AccessDenied|not authorized/i.test(`${name} ${message}`);
    return { skipped: denied ? `not allowed: ${message}` : `the check failed: ${message}` };
  }
}

function missingResource(evidence: string, { deployed }: Inspection): Fault {
  return fault('resource-missing', {
    evidence,
    cause: 'a function, table or log group of the stack was deleted outside CloudFormation',
    fix: `find it: aws cloudformation detect-stack-drift --stack-name ${deployed?.stack.name ?? '<name>'}; then restore it`,
  });
}

function print(terminal: Terminal, name: string, result: CheckResult): void {
  const title = name.padEnd(18);
  if ('ok' in result) terminal.line({ text: '✓ ', style: 'green' }, title, result.ok);
  else if ('skipped' in result) terminal.line({ text: `- ${title}skipped: ${result.skipped}`, style: 'dim' });
  else for (const each of result.faults) printFault(terminal, title, each);
}

function printFault(terminal: Terminal, title: string, { id, severity, subject, evidence, cause, fix }: Fault): void {
  const style = severity === 'fault' ? 'red' : 'yellow';
  const sign = severity === 'fault' ? '✗ ' : '! ';
  terminal.line({ text: sign, style }, title, { text: id, style }, subject === undefined ? '' : `  ${subject}`);
  for (const [label, text] of Object.entries({ evidence, cause, fix })) {
    terminal.line({ text: `    ${label.padEnd(10)}`, style: 'dim' }, text);
  }
}
