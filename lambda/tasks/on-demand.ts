/** The parts of tasks that the MCP server uses. Loaded with the first request for a task, and a file of its own in the bundle. */
import type { StandardSchemaV1 } from '@modelcontextprotocol/server';
import type { ServerInstance } from '../protocol/request-scope.js';
import { servesTasks } from './extension.js';
import type { startTask as StartTask } from './start.js';

export interface TaskParams {
  readonly taskId: string;
}

const METHODS = ['tasks/get', 'tasks/update', 'tasks/cancel'] as const;

/** Standard Schema of the parameters that all methods share. */
const TASK_PARAMS: StandardSchemaV1<TaskParams> = {
  '~standard': {
    version: 1,
    vendor: 'cdk-mcp-lambda',
    validate: (value) => {
      const { taskId } = value as Partial<TaskParams>;
      return typeof taskId === 'string' ? { value: { taskId } } : { issues: [{ message: 'taskId must be a string' }] };
    },
  },
};

/** Registers `tasks/get`, `tasks/update` and `tasks/cancel` if the server runs tools as tasks. */
export function serveTasks(instance: ServerInstance): void {
  if (!servesTasks(instance)) return;
  for (const method of METHODS) {
    instance.server.setRequestHandler(method, { params: TASK_PARAMS }, async (params, ctx) => {
      const { taskMethods } = await import('./server-methods.js');
      return taskMethods(instance)[method](params, ctx);
    });
  }
}

export const startTask: typeof StartTask = async (...args) => (await import('./server-methods.js')).startTask(...args);
