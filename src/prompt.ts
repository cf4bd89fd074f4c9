import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { IMcpLambdaServer } from './mcp-lambda-server-interface';
import { CUSTOM_RESOURCE } from './private/contract';
import { DeclaredRegistration } from './private/registration/declared-registration';
import { inStableOrder } from './private/registration/map-order';
import type { McpRegistrationOptions } from './registration-options';

/** An argument of a prompt. Its value is a string. */
export interface McpPromptArgument {
  /** The name of the argument, unique in its prompt. */
  readonly name: string;

  /**
   * The display name of the argument.
   *
   * @default - clients display the name
   */
  readonly title?: string;

  /**
   * The description of the argument.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * Whether the argument is required.
   *
   * @default false
   */
  readonly required?: boolean;
}

/** Options for a prompt. */
export interface McpPromptOptions extends McpRegistrationOptions {
  /**
   * The arguments of the prompt, at most 64 (a limit of this library).
   *
   * @default - no arguments
   */
  readonly arguments?: McpPromptArgument[];

  /**
   * The completion values of each argument: at most 1,000 for an argument (a limit of this library).
   *
   * @default - no completions
   */
  readonly completions?: { [argument: string]: string[] };

  /**
   * The function that completes the arguments that are not in `completions`.
   *
   * It always receives the request event, whatever `event` says: `{ method: 'completion/complete', params, context }`, where
   * `params.argument` has the name of the argument and the text so far. It returns an array of strings, or `{ values, total, hasMore }`.
   * Clients get at most 100 values. The handler of the prompt can be its own completion handler only with `McpEvent.request()`.
   *
   * @default - no function
   */
  readonly completionHandler?: lambda.IFunction;
}

/** Properties for `McpPrompt`. */
export interface McpPromptProps extends McpPromptOptions {
  /** The server to register the prompt with, defined by this app or imported. */
  readonly server: IMcpLambdaServer;

  /** The function that returns the messages, or an alias or version of it. */
  readonly handler: lambda.IFunction;
}

/**
 * Registers a Lambda function as an MCP prompt.
 *
 * The stack of its scope owns the prompt.
 *
 * @example
 * declare const writeReply: lambda.Function;
 * new McpPrompt(this, 'WriteReply', {
 *   server,
 *   handler: writeReply,
 *   name: 'write_reply',
 *   description: 'A reply to a customer about an order',
 *   arguments: [{ name: 'orderId', required: true }, { name: 'tone' }],
 * });
 */
export class McpPrompt extends DeclaredRegistration {
  /**
   * The name of the prompt.
   *
   * @attribute
   */
  public readonly promptName: string;

  /**
   * @param scope the scope of the construct; its stack owns the prompt
   * @param id the construct id, unique in the scope
   * @param props properties of the prompt
   * @throws if the name is taken, or the definition breaks a rule; the error has a JSON pointer for each broken rule
   */
  public constructor(scope: Construct, id: string, props: McpPromptProps) {
    super(scope, id, {
      server: props.server,
      handler: props.handler,
      type: 'prompt',
      resourceType: CUSTOM_RESOURCE.PROMPT,
      options: props,
      typeSpecific: { arguments: props.arguments, completions: inStableOrder(props.completions) },
      completionHandler: props.completionHandler,
    });
    this.promptName = props.name;
  }
}
