import { Logger } from '@aws-lambda-powertools/logger';
import { ENV } from '../../src/private/contract.js';
import { optionalEnv } from './env.js';

export type { Logger };

/**
 * The process's logger: one JSON object per line, level by `AWS_LAMBDA_LOG_LEVEL` or `POWERTOOLS_LOG_LEVEL`. What belongs
 * to one request goes into the call or a child (`log.createChild({ persistentKeys })`), never onto this instance: requests run
 * side by side.
 */
export const log = new Logger({ serviceName: optionalEnv(ENV.SERVER_ID) ?? 'mcp' });
