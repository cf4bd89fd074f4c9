/**
 * Hints about the behavior of a tool, which help clients decide whether to ask the user for confirmation.
 *
 * The server does not verify them.
 */
export interface McpToolAnnotations {
  /**
   * The display name of the tool.
   *
   * @default - the title of the tool, or its name
   */
  readonly title?: string;

  /**
   * Whether the tool does not modify its environment.
   *
   * @default - clients assume false
   */
  readonly readOnlyHint?: boolean;

  /**
   * Whether the tool may perform destructive updates. Applies only if `readOnlyHint` is false.
   *
   * @default - clients assume true
   */
  readonly destructiveHint?: boolean;

  /**
   * Whether repeated calls with the same arguments have no additional effect. Applies only if `readOnlyHint` is false.
   *
   * @default - clients assume false
   */
  readonly idempotentHint?: boolean;

  /**
   * Whether the tool may interact with external entities, such as web pages, rather than with a closed domain.
   *
   * @default - clients assume true
   */
  readonly openWorldHint?: boolean;
}

/** The intended audience of a resource. */
export enum McpAudience {
  /** The user of the client. */
  USER = 'user',
  /** The model. */
  ASSISTANT = 'assistant',
}

/** Hints about a resource, which help clients decide what to display and what to pass to the model. */
export interface McpAnnotations {
  /**
   * The intended audience.
   *
   * @default - no audience; clients assume both
   */
  readonly audience?: McpAudience[];

  /**
   * The importance of the resource, from 0 to 1 (MCP's limits): 0 is entirely optional, 1 is effectively required.
   *
   * @default - no priority
   */
  readonly priority?: number;

  /**
   * The time of the last modification of the resource, in ISO 8601, such as `2026-01-31T12:00:00Z`.
   *
   * @default - no time
   */
  readonly lastModified?: string;
}
