/** What {@link ./on-demand.ts} loads: one file of the bundle. */
export { taskMethods } from './methods.js';
export { startTask } from './start.js';
