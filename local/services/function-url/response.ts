import { parseJson } from '../../calls/messages.js';
import { type ProxyResponse, parseProxyResponse } from '../apigateway/proxy-response.js';

/**
 * Parses what a buffered function has returned, in format 2.0: JSON without a `statusCode` is the body of a success.
 * @throws GatewayError (502) if Lambda would reject the response
 */
export function parseUrlResponse(payload: Buffer): ProxyResponse {
  const value = parseJson(payload.toString('utf8'));
  if (value === undefined || hasStatus(value)) return { ...parseProxyResponse(payload), multiValueHeaders: {} };
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    multiValueHeaders: {},
    cookies: [],
    body: typeof value === 'string' ? value : JSON.stringify(value),
    isBase64Encoded: false,
  };
}

function hasStatus(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'statusCode' in value;
}
