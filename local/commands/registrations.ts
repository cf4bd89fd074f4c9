import { createInterface } from 'node:readline/promises';
import { EXIT, Failure } from '../deployed/failure.js';
import { type Change, type MemberChange, type Plan, planChanges } from '../deployed/plan.js';
import { RegistrationApi } from '../deployed/registration-api.js';
import { type DesiredRegistration, readRegistrations } from '../deployed/registration-file.js';
import type { ServerOptions } from '../deployed/server-options.js';
import type { Cell, Style, Terminal } from '../deployed/terminal.js';
import { withServer } from './with-server.js';

interface PlanOptions extends ServerOptions {
  /** Whether registrations that the file does not have are removed. */
  readonly prune?: boolean;
  /** Whether differences exit with 2. */
  readonly exitCode?: boolean;
}

interface ApplyOptions extends ServerOptions {
  readonly prune?: boolean;
  /** Whether the changes are made without a question. */
  readonly yes?: boolean;
}

const SIGNS: Readonly<Record<Change['action'], { sign: string; style: Style }>> = {
  create: { sign: '+', style: 'green' },
  change: { sign: '~', style: 'yellow' },
  remove: { sign: '-', style: 'red' },
};
const DONE = { create: 'created', change: 'changed', remove: 'removed' } as const;
/** Longest value in a difference, in characters. */
const MAX_VALUE = 60;

/** `mcp-lambda register <file>`: creates registrations, and with `--replace` replaces those that exist. */
export async function register(file: string, options: ServerOptions & { readonly replace?: boolean }): Promise<void> {
  const desired = () => readRegistrations(file);
  await withServer(options, async ({ server, terminal }) => {
    const api = new RegistrationApi(server);
    const results = [];
    for (const { id, definition } of desired()) {
      terminal.progress(`registering ${id}`);
      const current = options.replace ? await api.find(id) : undefined;
      const result = current ? await api.replace(id, definition, current.etag) : await api.create(definition);
      results.push(result);
      if (!terminal.json) {
        terminal.line(id, ` ${current ? 'replaced' : 'created'}, revision ${result.revision}`);
        if (result.shadowedBy) terminal.note(`  clients do not see it: ${result.shadowedBy} has its URI`);
      }
    }
    if (terminal.json) terminal.value(results);
  });
}

/** `mcp-lambda unregister <id>`: removes a registration. */
export async function unregister(id: string, options: ServerOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    const api = new RegistrationApi(server);
    terminal.progress(`removing ${id}`);
    const current = await api.find(id);
    if (!current) {
      throw new Failure(`the server does not have the registration ${id}`, [
        'an id is <type>-<name>, such as tool-lookup_order',
      ]);
    }
    await api.remove(id, current.etag);
    if (terminal.json) terminal.value({ id, removed: true });
    else terminal.line(id, ' removed');
  });
}

/** `mcp-lambda plan <file>`: shows what `apply` would change. */
export async function plan(file: string, options: PlanOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    const planned = await readPlan(new RegistrationApi(server), readRegistrations(file), options, terminal);
    if (terminal.json) terminal.value(planned);
    else printPlan(terminal, planned);
    if (planned.declared.length > 0) return EXIT.FAILED;
    return options.exitCode && planned.changes.length > 0 ? EXIT.NEGATIVE : EXIT.SUCCESS;
  });
}

/** `mcp-lambda apply <file>`: makes the registrations of a server those of a file. */
export async function apply(file: string, options: ApplyOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    const api = new RegistrationApi(server);
    const planned = await readPlan(api, readRegistrations(file), options, terminal);
    if (!terminal.json) printPlan(terminal, planned);
    if (planned.declared.length > 0)
      throw new Failure('nothing was changed: a stack declares registrations of the file');
    if (planned.changes.length === 0) {
      if (terminal.json) terminal.value(planned);
      return EXIT.SUCCESS;
    }
    if (!options.yes && !(await confirmed())) {
      terminal.note('nothing was changed');
      return EXIT.FAILED;
    }
    await applyChanges(api, planned.changes, terminal);
    if (terminal.json) terminal.value(planned);
    return EXIT.SUCCESS;
  });
}

async function readPlan(
  api: RegistrationApi,
  desired: readonly DesiredRegistration[],
  { prune = false }: { readonly prune?: boolean },
  terminal: Terminal,
): Promise<Plan> {
  terminal.progress('reading the registrations');
  const planned = planChanges(desired, await api.list(), { prune });
  terminal.clearProgress();
  return planned;
}

/** Makes the changes in their order. A change for a registration that has changed since the plan fails. */
async function applyChanges(api: RegistrationApi, changes: readonly Change[], terminal: Terminal): Promise<void> {
  for (const [index, change] of changes.entries()) {
    terminal.progress(`${change.id} (${index + 1} of ${changes.length})`);
    try {
      await applyChange(api, change);
    } catch (error) {
      const { message, hints = [] } = error as Failure;
      const rest = changes.length - index - 1;
      throw new Failure(`${change.id}: ${message}`, [
        ...hints,
        `${index} of ${changes.length} changes were made${rest > 0 ? `, ${rest} were not tried` : ''}: run the command again`,
      ]);
    }
    if (!terminal.json) terminal.line(`${change.id} ${DONE[change.action]}`);
  }
}

async function applyChange(api: RegistrationApi, change: Change): Promise<void> {
  if (change.action === 'create') {
    await api.create(change.definition);
    return;
  }
  const { current } = change;
  const now = await api.find(change.id);
  if (now?.registration.revision !== current.revision || now.registration.createdAt !== current.createdAt) {
    throw new Failure('it has changed since the plan');
  }
  if (change.action === 'remove') await api.remove(change.id, now.etag);
  else await api.replace(change.id, change.definition, now.etag);
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new Failure('nothing was changed: pass --yes to make the changes without a question');
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question('Make these changes? [y/N] ')).trim());
  } catch {
    process.stderr.write('\n'); // Ctrl-C or Ctrl-D
    return false;
  } finally {
    lines.close();
  }
}

function printPlan(terminal: Terminal, { changes, unchanged, notInFile, declared }: Plan): void {
  for (const change of changes) {
    const { sign, style } = SIGNS[change.action];
    terminal.line({ text: `${sign} ${change.id}`, style });
    if (change.action === 'change') for (const member of change.members) terminal.line('    ', ...memberCells(member));
  }
  for (const id of declared) {
    terminal.line({ text: `! ${id}`, style: 'red' }, ' is declared by CloudFormation: change it in its stack');
  }
  const count = (action: Change['action']) => changes.filter((each) => each.action === action).length;
  if (changes.length > 0) terminal.line('');
  terminal.line(
    `${count('create')} to create, ${count('change')} to change, ${count('remove')} to remove, ${unchanged.length} unchanged`,
  );
  if (notInFile.length > 0) {
    terminal.line({ text: `not in the file, kept without --prune: ${notInFile.join(', ')}`, style: 'dim' });
  }
}

function memberCells({ path, before, after }: MemberChange): Cell[] {
  if (before === undefined) return [`${path}: `, { text: `+ ${shown(after)}`, style: 'green' }];
  if (after === undefined) return [`${path}: `, { text: `- ${shown(before)}`, style: 'red' }];
  return [`${path}: `, { text: shown(before), style: 'red' }, ' → ', { text: shown(after), style: 'green' }];
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text;
}
