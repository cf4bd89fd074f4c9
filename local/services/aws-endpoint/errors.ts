import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ReadRequest } from '../forward.js';

/** An error in AWS's words; `answerError` puts it into the shape of the service. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    readonly statusCode: number,
    message: string,
    /** What the developer may do about it: for the runner's log, not for the caller. */
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** Where services differ from the plain form of their protocol; from their own answers. */
const STATUS: Record<string, Record<string, number>> = {
  dynamodb: { AccessDeniedException: 400, UnrecognizedClientException: 400 },
};
/** SQS's codes from before its JSON protocol, which its clients still show. */
const QUERY_CODES: Record<string, string> = {
  AccessDeniedException: 'AccessDenied',
  UnrecognizedClientException: 'InvalidClientTokenId',
};

/** S3's, which are older than the common ones. */
const S3_CODES: Record<string, string> = {
  AccessDeniedException: 'AccessDenied',
  UnrecognizedClientException: 'InvalidAccessKeyId',
};

/** Answers an error so that the AWS SDKs' client of the service throws it under its name. */
export function answerError(error: AwsError, service: string, request: ReadRequest, response: ServerResponse): void {
  const { code, message } = error;
  const status = STATUS[service]?.[code] ?? error.statusCode;
  const requestId = randomUUID();
  if (isXml(service, request)) {
    const body =
      service === 's3'
        ? `<Error><Code>${S3_CODES[code] ?? code}</Code><Message>${escapeXml(message)}</Message><RequestId>${requestId}</RequestId></Error>`
        : `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
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

/** S3 speaks XML, and so do the services that take their calls as a form. */
function isXml(service: string, { headers }: ReadRequest): boolean {
  return service === 's3' || Boolean(headers['content-type']?.startsWith('application/x-www-form-urlencoded'));
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
