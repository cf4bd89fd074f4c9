import type { JsonObject } from '../../../src/private/registration.js';

/** Arguments that an event cannot carry. The message is for the model. */
export class InvalidArguments extends Error {
  constructor(argument: string, problem: string) {
    super(`invalid arguments: ${JSON.stringify(argument)} ${problem}`);
  }
}

/** Returns an argument; undefined if the call does not have it, also for names such as `constructor`, which every object inherits. */
export function argumentOf(args: JsonObject, name: string): unknown {
  return Object.hasOwn(args, name) ? args[name] : undefined;
}
