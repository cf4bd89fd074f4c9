import type * as cognito from 'aws-cdk-lib/aws-cognito';

/** A client application whose users sign in with Cognito, by the addresses to which Cognito may return them. */
export class McpOAuthClient {
  /** Claude on the web, on the desktop and on phones. */
  public static readonly CLAUDE = new McpOAuthClient([
    'https://claude.ai/api/mcp/auth_callback',
    'https://claude.com/api/mcp/auth_callback',
  ]);

  /** Claude Code with `--callback-port 33420`. */
  public static readonly CLAUDE_CODE = new McpOAuthClient(['http://localhost:33420/callback']);

  /** Visual Studio Code, through `vscode.dev`. Its own port is at 127.0.0.1, an address that Cognito may refuse. */
  public static readonly VS_CODE = new McpOAuthClient(['https://vscode.dev/redirect']);

  /** Cursor and its agents on the web. */
  public static readonly CURSOR = new McpOAuthClient([
    'http://localhost:8787/callback',
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'https://www.cursor.com/agents/mcp/oauth/callback',
  ]);

  /** The MCP Inspector, in the browser and on the command line (with `--callback-url http://localhost:6276/oauth/callback`). */
  public static readonly INSPECTOR = new McpOAuthClient([
    'http://localhost:6274/oauth/callback',
    'http://localhost:6276/oauth/callback',
  ]);

  /** The bridge `mcp-remote` on its default port. */
  public static readonly MCP_REMOTE = new McpOAuthClient(['http://localhost:3334/oauth/callback']);

  /**
   * Another client.
   *
   * @param callbackUrls the addresses to which Cognito may return users: `https` URLs, URLs with a scheme of an app, or `http` URLs of
   * `localhost`; Cognito compares them exactly
   */
  public static custom(callbackUrls: string[]): McpOAuthClient {
    return new McpOAuthClient(callbackUrls);
  }

  private constructor(
    /** The addresses to which Cognito may return users. */
    public readonly callbackUrls: string[],
  ) {}
}

/** Options for `McpAuth.cognito()`. */
export interface McpCognitoOptions {
  /**
   * The user pool. It needs a domain with managed login: `domainPrefix` adds one.
   *
   * @default - a new user pool with a domain; its users cannot sign up themselves
   */
  readonly userPool?: cognito.IUserPool;

  /**
   * The prefix of the domain to add to the user pool, unique in the region.
   *
   * @default - the id of the server for a new user pool; otherwise, no domain is added
   */
  readonly domainPrefix?: string;

  /**
   * The scopes that every caller must have, by their short names.
   *
   * In Cognito, they belong to a resource server whose identifier is the MCP URL: the scope `use` is `<MCP URL>/use` there.
   *
   * @default ['use']
   */
  readonly scopes?: string[];

  /**
   * The clients whose users can sign in with the app client.
   *
   * @default - Claude, Claude Code, VS Code, Cursor, MCP Inspector and mcp-remote
   */
  readonly clients?: McpOAuthClient[];

  /**
   * Whether clients can register themselves (RFC 7591), with an initial access token of this user pool.
   *
   * Requires a user pool of this app, on the Essentials or Plus plan. A user pool has a quota of app clients.
   *
   * @default false
   */
  readonly dynamicRegistration?: boolean;

  /**
   * The addresses of client metadata documents (CIMD) that clients may use as client ids, as `https` URLs with `*` as a wildcard.
   *
   * Requires the Essentials or Plus plan. A user pool accepts at most five for an app client.
   *
   * @default - no client metadata documents
   */
  readonly clientMetadata?: string[];
}
