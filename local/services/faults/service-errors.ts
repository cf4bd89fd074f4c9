import { AwsError } from '../aws-endpoint/errors.js';
import type { Fault } from './file.js';

/** The throttling errors of the services, by their name in signatures: code and status. */
const THROTTLED: Readonly<Record<string, readonly [string, number]>> = {
  dynamodb: ['ThrottlingException', 400],
  lambda: ['TooManyRequestsException', 429],
  s3: ['SlowDown', 503],
  sns: ['Throttled', 429],
  sqs: ['RequestThrottled', 403],
};
/** The internal errors of the services. */
const INTERNAL: Readonly<Record<string, readonly [string, number]>> = {
  dynamodb: ['InternalServerError', 500],
  lambda: ['ServiceException', 500],
  s3: ['InternalError', 500],
};

/** Returns the error of a throttled call. */
export function throttling(service: string): AwsError {
  const [code, status] = THROTTLED[service] ?? ['ThrottlingException', 400];
  return new AwsError(code, status, 'Rate exceeded (a fault of the local runner)');
}

/** Returns the error of a fault of the type `error`. */
export function failure(service: string, { code, status, message }: Fault): AwsError {
  const [internal, internalStatus] = INTERNAL[service] ?? ['InternalFailure', 500];
  const text = message ?? 'Internal error (a fault of the local runner)';
  return new AwsError(code ?? internal, status ?? internalStatus, text);
}
