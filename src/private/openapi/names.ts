/** Names that every model accepts: clients hand on tool and argument names as they are. */
import { createHash } from 'node:crypto';

/** Most characters of a name that the APIs of the models accept. */
const MAX_LENGTH = 64;

/** The name of an operation without `operationId`: method and path. */
export function derivedName(method: string, path: string): string {
  return clean(`${method.toLowerCase()} ${path}`, /[^A-Za-z0-9_-]+/g);
}

/** The name of an operation's tool. Depends on nothing but the operation, for the logical id is made from it. */
export function toolName(operation: string): string {
  const name = clean(operation, /[^A-Za-z0-9_-]+/g);
  if (name !== '' && name.length <= MAX_LENGTH) return name;
  const hash = createHash('sha256').update(operation).digest('hex').slice(0, 8);
  return `${name.slice(0, MAX_LENGTH - 9)}_${hash}`.replace(/^_/, '');
}

/** The names of one tool's arguments, each given once. */
export class ArgumentNames {
  private readonly taken = new Set<string>();

  /** Reserves names that cannot be changed. */
  public reserve(names: readonly string[]): void {
    for (const name of names) this.taken.add(name);
  }

  /** The name of a parameter's argument: the parameter's, or with `suffix` if another one has it. */
  public take(parameter: string, suffix: string): string {
    const name = clean(parameter, /[^A-Za-z0-9_.-]+/g).slice(0, MAX_LENGTH) || suffix;
    let free = name;
    for (let count = 1; this.taken.has(free); count++) {
      const end = `_${suffix}${count > 1 ? count : ''}`;
      free = name.slice(0, MAX_LENGTH - end.length) + end;
    }
    this.taken.add(free);
    return free;
  }
}

function clean(text: string, forbidden: RegExp): string {
  return text.replace(forbidden, '_').replace(/^_+|_+$/g, '');
}
