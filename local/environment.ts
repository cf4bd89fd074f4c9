/** The AWS environment a stack believes to be in. */
export interface Environment {
  readonly accountId: string;
  readonly region: string;
}

/** Where a stack is that names no account or region of its own. */
export const DEFAULT_ENVIRONMENT: Environment = { accountId: '123456789012', region: 'us-east-1' };

export const PARTITION = 'aws';
export const URL_SUFFIX = 'amazonaws.com';

/** The runner listens here and nowhere else. */
export const LOOPBACK = '127.0.0.1';
