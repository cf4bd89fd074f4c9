/** An AWS environment: account and region. */
export interface Environment {
  readonly accountId: string;
  readonly region: string;
}

/** The environment of environment-agnostic stacks. */
export const DEFAULT_ENVIRONMENT: Environment = { accountId: '123456789012', region: 'us-east-1' };

export const PARTITION = 'aws';
export const URL_SUFFIX = 'amazonaws.com';

/** The only address that the local runner listens on. */
export const LOOPBACK = '127.0.0.1';

/** Default port of the first MCP server. */
export const DEFAULT_PORT = 3001;
