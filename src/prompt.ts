import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { IMcpLambdaServer } from './mcp-lambda-server-base';
import { CUSTOM_RESOURCE } from './private/contract';
import { DeclaredRegistration } from './private/registration/declared-registration';
import { inStableOrder } from './private/registration/map-order';
import type { McpRegistrationOptions } from './registration-options';

/** One argument of a prompt; its value is text. */
export interface McpPromptArgument {
  /** The argument's name, unique in its prompt. */
  readonly name: string;

  /**
   * A name for people to read.
   *
   * @default - clients show the name
   */
  readonly title?: string;

  /**
   * What to put here.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Whether the prompt cannot do without it.
   *
   * @default false
   */
  readonly required?: boolean;
}

/** What a prompt is. */
export interface McpPromptOptions extends McpRegistrationOptions {
  /**
   * What the prompt is made from: at most 64 arguments (a limit of this library).
   *
   * @default - no arguments
   */
  readonly arguments?: McpPromptArgument[];

  /**
   * Values that clients may propose for an argument, by its name: at most 1,000 for each (a limit of this library).
   *
   * @default - none
   */
  readonly completions?: { [argument: string]: string[] };

  /**
   * A function that proposes values for arguments which `completions` does not name. It gets `{ method: 'completion/complete', params, context }`,
   * where `params.argument` has name and text so far, and answers with an array of strings or `{ values, total, hasMore }`; clients get
   * at most 100 of them.
   *
   * @default - none
   */
  readonly completionHandler?: lambda.IFunction;
}

/** A prompt, and where it belongs. */
export interface McpPromptProps extends McpPromptOptions {
  /** The server that offers the prompt, of this app or imported. */
  readonly server: IMcpLambdaServer;

  /** The function that writes the messages, or an alias or version of it. */
  readonly handler: lambda.IFunction;
}

/**
 * A function as a prompt of a server, in any stack. A definition that breaks a rule throws at synth.
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
   * The name by which clients get the prompt.
   *
   * @attribute
   */
  public readonly promptName: string;

  /**
   * @param scope the construct, and with it the stack, that owns the prompt
   * @param id unique in its scope
   * @param props what the prompt is, and where it belongs
   * @throws if the name is taken, or a rule for registrations is broken; each broken rule is named with a JSON pointer
   */
  public constructor(scope: Construct, id: string, props: McpPromptProps) {
    super(scope, id, {
      server: props.server,
      handler: props.handler,
      type: 'prompt',
      resourceType: CUSTOM_RESOURCE.PROMPT,
      options: props,
      own: { arguments: props.arguments, completions: inStableOrder(props.completions) },
      completionHandler: props.completionHandler,
    });
    this.promptName = props.name;
  }
}
