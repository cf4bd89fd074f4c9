import { withholdsTool } from '../access/caller-catalog.js';
import type { RequestScope } from '../protocol/request-scope.js';
import type { Catalog } from '../registry/catalog.js';
import type { TaskRecord } from './record.js';

/** A request for tasks: its caller, its toolset, and the catalog that they see. */
export interface TaskCaller extends Pick<RequestScope, 'principal' | 'toolset'> {
  readonly catalog: () => Promise<Catalog>;
}

/**
 * Whether a request finds a task: one of the same caller, who may still use its tool, and at the path where it was started, or at `/mcp`. The
 * task of a tool that was removed stays.
 */
export function mayAccess(
  task: TaskRecord,
  { principal, toolset }: Pick<TaskCaller, 'principal' | 'toolset'>,
  catalog: Catalog,
): boolean {
  const isOwn = task.principal === principal?.id;
  const isHere = toolset === undefined || toolset === task.toolset;
  return isOwn && isHere && !withholdsTool(catalog, task.tool, principal);
}
