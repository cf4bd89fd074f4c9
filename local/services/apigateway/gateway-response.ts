import type { GatewayError } from './gateway-error.js';
import { type MappingContext, parameterValue, renderTemplate } from './mapping.js';

/** A gateway response that the API defines, as `AWS::ApiGateway::GatewayResponse`. */
export interface GatewayResponse {
  readonly statusCode?: number;
  /** Mapping expressions by header name, such as `'text'` or `context.authorizer.challenge`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Template of the body, and its content type. */
  readonly template?: { readonly contentType: string; readonly text: string };
}

/** Returns status, headers and body of an error, with the gateway response for its type or its kind, if the API defines one. */
export function respondTo(
  { statusCode, errorType, body, responseType, authorizer }: GatewayError,
  responses: Readonly<Record<string, GatewayResponse>>,
  request: MappingContext,
) {
  const fallback = statusCode < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
  const defined = responses[responseType ?? ''] ?? responses[fallback];
  const message = body.message ?? body.Message ?? null;
  const error = { message, messageString: JSON.stringify(message), responseType: responseType ?? fallback };
  const mapping = { ...request, context: { ...request.context, error, ...(authorizer && { authorizer }) } };
  const headers = Object.entries(defined?.headers ?? {}).flatMap(([name, expression]) => {
    const value = parameterValue(expression, mapping);
    return value === undefined ? [] : [[name, value] as const];
  });
  const { contentType = 'application/json', text } = defined?.template ?? {};
  return {
    statusCode: defined?.statusCode ?? statusCode,
    headers: {
      'content-type': contentType,
      'x-amzn-errortype': errorType,
      'x-amzn-requestid': String(request.context.requestId),
      ...Object.fromEntries(headers),
    },
    body: text === undefined ? JSON.stringify(body) : renderTemplate(text, mapping),
  };
}
