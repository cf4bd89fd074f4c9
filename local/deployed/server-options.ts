/** Options of all commands for a deployed or locally running server. */
export interface ServerOptions {
  /** Name or ARN of the CloudFormation stack. */
  readonly stack?: string;
  /** URL of the server, with or without `/mcp`. */
  readonly url?: string;
  readonly region?: string;
  readonly profile?: string;
  /** Role of an app that runs locally, or `admin`. */
  readonly as?: string;
  /** Access token of a server with OAuth. */
  readonly token?: string;
  /** Value of `x-api-key`. */
  readonly apiKey?: string;
  readonly json?: boolean;
}

/** Environment variables with the secrets, which other users of the machine would see among the options. */
export const TOKEN_VARIABLE = 'MCP_LAMBDA_TOKEN';
export const API_KEY_VARIABLE = 'MCP_LAMBDA_API_KEY';
