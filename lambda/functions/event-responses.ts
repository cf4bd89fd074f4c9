/** Reads the responses of handlers that receive the events of other services, as these services read them. */
import type { JsonObject } from '../../src/private/registration.js';
import { parseExternal } from '../shared/exact-json.js';
import { isObject } from '../shared/json.js';
import type { FunctionResponse } from './function-response.js';
import { PROXY_KEYS, readProxyResponse } from './proxy-response.js';

/** REST APIs and load balancers: a proxy response, and nothing else. */
export function readApiGatewayResponse(value: unknown): FunctionResponse {
  return (
    readProxy(value) ?? failed('the handler did not return a proxy response: expected { statusCode, headers?, body? }')
  );
}

/** HTTP APIs and function URLs: any response without a `statusCode` is the body of a success. */
export function readHttpApiResponse(value: unknown): FunctionResponse {
  if (!isObject(value) || value.statusCode === undefined) return { kind: 'value', value };
  return readApiGatewayResponse(value);
}

/** API Gateway ignores other keys of a proxy response. */
function readProxy(value: unknown): FunctionResponse | undefined {
  if (!isObject(value)) return undefined;
  const known = Object.entries(value).filter(([key]) => PROXY_KEYS.includes(key));
  return readProxyResponse(Object.fromEntries(known));
}

const APP_SYNC_KEYS = ['data', 'errorMessage', 'errorType', 'errorInfo'];

/** AppSync: the value of the field, or the error of a batch resolver. */
export function readAppSyncResponse(value: unknown): FunctionResponse {
  if (!isObject(value) || !Object.keys(value).every((key) => APP_SYNC_KEYS.includes(key)))
    return { kind: 'value', value };
  const { errorMessage, errorType, errorInfo } = value;
  if (typeof errorMessage !== 'string') return { kind: 'value', value };
  const text = typeof errorType === 'string' ? `${errorType}: ${errorMessage}` : errorMessage;
  return { ...failed(text), ...(errorInfo === undefined || errorInfo === null ? {} : { details: errorInfo }) };
}

/** Bedrock agents: the body of `functionResponse`. `FAILURE` and `REPROMPT` report a failure. */
export function readBedrockAgentResponse(value: unknown): FunctionResponse {
  const response = isObject(value) && isObject(value.response) ? value.response : undefined;
  const functionResponse = response && isObject(response.functionResponse) ? response.functionResponse : undefined;
  const contents =
    functionResponse && isObject(functionResponse.responseBody) ? functionResponse.responseBody : undefined;
  if (!functionResponse || !contents) {
    return failed(
      'the handler did not return the response of an action group: expected { response: { functionResponse: { responseBody } } }',
    );
  }
  const [content] = Object.values(contents);
  const body = parseBody(isObject(content) ? content.body : undefined);
  if (functionResponse.responseState === 'FAILURE' || functionResponse.responseState === 'REPROMPT') {
    return failed(
      typeof body === 'string' && body !== ''
        ? body
        : body !== null
          ? JSON.stringify(body)
          : `the handler returned ${functionResponse.responseState}`,
    );
  }
  return { kind: 'value', value: body };
}

/** The body of an action group is text, which frameworks write as JSON. */
function parseBody(body: unknown): unknown {
  if (typeof body !== 'string') return body ?? null;
  try {
    return parseExternal(body);
  } catch {
    return body;
  }
}

/** SQS: a failure of the message, or data. An empty list of failures says nothing. */
export function readSqsResponse(value: unknown): FunctionResponse {
  if (!isObject(value) || !('batchItemFailures' in value)) return { kind: 'value', value };
  const failure = partialBatchFailure(value);
  if (failure) return failure;
  const { batchItemFailures: failures } = value;
  const succeeded = failures === null || (Array.isArray(failures) && failures.length === 0);
  return succeeded ? { kind: 'value', value: null } : failed('the handler returned invalid batchItemFailures');
}

/** The response of a batch consumer (SQS, Kinesis, DynamoDB streams) that failed to process some items. */
export function partialBatchFailure(response: JsonObject): FunctionResponse | undefined {
  const { batchItemFailures: failures } = response;
  if (!Array.isArray(failures) || failures.length === 0) return undefined;
  if (!failures.every((failure) => isObject(failure) && 'itemIdentifier' in failure)) return undefined;
  return { kind: 'failed', text: 'the handler failed to process some items', details: response };
}

function failed(text: string): Extract<FunctionResponse, { kind: 'failed' }> {
  return { kind: 'failed', text };
}
