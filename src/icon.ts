/** On which background an icon is meant to be seen. */
export enum McpIconTheme {
  /** A light background. */
  LIGHT = 'light',
  /** A dark background. */
  DARK = 'dark',
}

/** A picture that clients may show beside a server, tool, resource or prompt. */
export interface McpIcon {
  /** Where the picture is: an `https:` URL, or a `data:image/…` URI; at most 65,536 characters (a limit of this library). */
  readonly src: string;

  /**
   * The picture's media type, such as `image/png`.
   *
   * @default - clients find out
   */
  readonly mimeType?: string;

  /**
   * Sizes that the picture is good for, such as `48x48`, or `any` for one that scales.
   *
   * @default - any size
   */
  readonly sizes?: string[];

  /**
   * The background that the picture is meant for.
   *
   * @default - either
   */
  readonly theme?: McpIconTheme;
}
