/** The background that an icon is designed for. */
export enum McpIconTheme {
  /** A light background. */
  LIGHT = 'light',
  /** A dark background. */
  DARK = 'dark',
}

/** An icon that clients may display for a server, tool, resource or prompt. */
export interface McpIcon {
  /** The source of the icon: an `https:` URL or a `data:image/…` URI, at most 65,536 characters (a limit of this library). */
  readonly src: string;

  /**
   * The MIME type of the icon, such as `image/png`.
   *
   * @default - clients detect the type
   */
  readonly mimeType?: string;

  /**
   * The sizes that the icon can be displayed in, such as `48x48`, or `any` for a scalable icon.
   *
   * @default - any size
   */
  readonly sizes?: string[];

  /**
   * The background that the icon is designed for.
   *
   * @default - any background
   */
  readonly theme?: McpIconTheme;
}
