import { globSync, statSync } from 'node:fs';

/** When the newest of the files was changed, in milliseconds; 0 where there is none. */
export const newest = (...patterns) =>
  Math.max(0, ...patterns.flatMap((pattern) => globSync(pattern)).map((file) => statSync(file).mtimeMs));
