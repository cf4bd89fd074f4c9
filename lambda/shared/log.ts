import { Logger } from '@aws-lambda-powertools/logger';
import { ENV } from '../../src/private/contract.js';
import { optionalEnv } from './env.js';

export type { Logger };

/**
 * The logger of this process: one JSON object per line, with the level of `AWS_LAMBDA_LOG_LEVEL` or `POWERTOOLS_LOG_LEVEL`. Pass
 * data of one request with the log call or to a child logger (`log.createChild({ persistentKeys })`), because requests run concurrently.
 */
export const log = new Logger({ serviceName: optionalEnv(ENV.SERVER_ID) ?? 'mcp' });
