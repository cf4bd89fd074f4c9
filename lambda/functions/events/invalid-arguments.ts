/** Arguments that an event cannot carry. The message is for the model. */
export class InvalidArguments extends Error {
  constructor(argument: string, problem: string) {
    super(`invalid arguments: ${JSON.stringify(argument)} ${problem}`);
  }
}
