import type { BufferedRequest } from '../forward.js';
import { AwsError } from './errors.js';

/** Returns the error of a call that the local runner does not support. It names the options that make the call succeed. */
export function notRunLocally(service: string, operation: string, remedy?: string): AwsError {
  const passthrough = `use --passthrough ${service} --profile <your AWS profile> to call ${service} on AWS`;
  const options = remedy ?? `${passthrough}, or --endpoint ${service}=<URL> for an emulator`;
  const message = `${service}: ${operation} is not supported by the local runner; ${options}`;
  return new AwsError('NotRunLocally', 501, message);
}

/** Returns the operation of a request for error messages: its name, or method and path. */
export function describeOperation({ method, url, headers, body }: BufferedRequest): string {
  const target = String(headers['x-amz-target'] ?? '');
  if (target) return target.slice(target.lastIndexOf('.') + 1);
  const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  return (form && new URLSearchParams(body.toString()).get('Action')) || `${method} ${url.split('?')[0]}`;
}
