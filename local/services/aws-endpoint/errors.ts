import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { BufferedRequest } from '../forward.js';

/** An error response of an AWS service. `sendError` formats it for the protocol of the service. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    readonly statusCode: number,
    message: string,
    /** Remedy for the developer, which is logged but not sent to the caller. */
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** Services that send 400 for access errors, where others send 403. */
const SENDS_400: readonly string[] = ['dynamodb', 'events', 'secretsmanager', 'ssm'];
const ACCESS_ERRORS: readonly string[] = [
  'AccessDeniedException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'UnrecognizedClientException',
];

/** Error codes of signatures in XML protocols. */
const XML_SIGNATURE_CODES = {
  IncompleteSignatureException: 'IncompleteSignature',
  InvalidSignatureException: 'SignatureDoesNotMatch',
};
/** Error codes of STS, and of the SQS query protocol, which clients still use. */
const QUERY_CODES: Record<string, string> = {
  ...XML_SIGNATURE_CODES,
  AccessDeniedException: 'AccessDenied',
  UnrecognizedClientException: 'InvalidClientTokenId',
};

/** Error codes of SNS. */
const SNS_CODES: Record<string, string> = {
  ...XML_SIGNATURE_CODES,
  AccessDeniedException: 'AuthorizationError',
  UnrecognizedClientException: 'InvalidClientTokenId',
};

/** Error codes of S3. */
const S3_CODES: Record<string, string> = {
  ...XML_SIGNATURE_CODES,
  AccessDeniedException: 'AccessDenied',
  UnrecognizedClientException: 'InvalidAccessKeyId',
};

/** Sends an error response in the format of the service, so that AWS SDK clients throw the right exception. */
export function sendError(error: AwsError, service: string, request: BufferedRequest, response: ServerResponse): void {
  const { code, message } = error;
  const status = SENDS_400.includes(service) && ACCESS_ERRORS.includes(code) ? 400 : error.statusCode;
  const requestId = randomUUID();
  if (isXml(service, request)) {
    const body =
      service === 's3'
        ? `<Error><Code>${S3_CODES[code] ?? code}</Code><Message>${escapeXml(message)}</Message><RequestId>${requestId}</RequestId></Error>`
        : `<ErrorResponse><Error><Type>Sender</Type><Code>${queryCodeOf(service, code)}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    response.writeHead(status, { 'content-type': 'application/xml', 'x-amzn-requestid': requestId });
    response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
    return;
  }
  const queryCode = service === 'sqs' ? { 'x-amzn-query-error': `${QUERY_CODES[code] ?? code};Sender` } : {};
  response.writeHead(status, {
    'content-type': request.headers['content-type'] ?? 'application/json',
    'x-amzn-errortype': code,
    'x-amzn-requestid': requestId,
    ...queryCode,
  });
  response.end(JSON.stringify({ __type: code, message, Message: message }));
}

function queryCodeOf(service: string, code: string): string {
  const codes = service === 'sns' ? SNS_CODES : service === 'sts' ? QUERY_CODES : {};
  return codes[code] ?? code;
}

/** Whether the service uses XML: S3, and services with the query protocol. */
function isXml(service: string, { headers }: BufferedRequest): boolean {
  return service === 's3' || Boolean(headers['content-type']?.startsWith('application/x-www-form-urlencoded'));
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
