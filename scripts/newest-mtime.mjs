import { globSync, statSync } from 'node:fs';

/** The latest modification time of the matching files in milliseconds, or 0 if there are none. */
export const newestMtime = (...patterns) =>
  Math.max(0, ...patterns.flatMap((pattern) => globSync(pattern)).map((file) => statSync(file).mtimeMs));
