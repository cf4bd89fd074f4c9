/** Hints about what a tool does, by which clients decide whether to ask their user first. Nobody checks that they are true. */
export interface McpToolAnnotations {
  /**
   * A name for people to read.
   *
   * @default - the tool's title, or its name
   */
  readonly title?: string;

  /**
   * Whether the tool leaves everything as it is.
   *
   * @default - clients assume false
   */
  readonly readOnlyHint?: boolean;

  /**
   * Whether the tool may destroy something rather than only add to it; means something only where `readOnlyHint` is false.
   *
   * @default - clients assume true
   */
  readonly destructiveHint?: boolean;

  /**
   * Whether a second call with the same arguments changes nothing more; means something only where `readOnlyHint` is false.
   *
   * @default - clients assume false
   */
  readonly idempotentHint?: boolean;

  /**
   * Whether the tool reaches things outside a closed domain, as a web search does and a memory does not.
   *
   * @default - clients assume true
   */
  readonly openWorldHint?: boolean;
}

/** For whom a resource is. */
export enum McpAudience {
  /** The person at the client. */
  USER = 'user',
  /** The model. */
  ASSISTANT = 'assistant',
}

/** Hints about a resource, by which clients decide what to show and what to give to the model. */
export interface McpAnnotations {
  /**
   * For whom the resource is.
   *
   * @default - not said; for anybody
   */
  readonly audience?: McpAudience[];

  /**
   * The importance of the resource, 0 to 1 as MCP has it: 0 is entirely optional, 1 as good as required.
   *
   * @default - not said
   */
  readonly priority?: number;

  /**
   * When the resource last changed, in ISO 8601, such as `2026-01-31T12:00:00Z`.
   *
   * @default - not said
   */
  readonly lastModified?: string;
}
