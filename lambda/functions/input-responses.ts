import type { JsonObject } from '../../src/private/registration.js';
import { invalidParams } from '../protocol/errors.js';
import { plainTwin } from '../shared/exact-json.js';
import { isObject, ownValue } from '../shared/json.js';
import { tooSlowText, validateSchema } from './schema-validation.js';

/** Schemas that the handler requested content with (elicitation), by the key of the input request. */
export type RequestedSchemas = Readonly<Record<string, JsonObject>>;

/** Returns the schemas of input requests. */
export function requestedSchemasOf(inputRequests: unknown): RequestedSchemas {
  if (!isObject(inputRequests)) return {};
  return Object.fromEntries(
    Object.entries(inputRequests).flatMap(([key, request]) => {
      if (!isObject(request) || request.method !== 'elicitation/create' || !isObject(request.params)) return [];
      const schema = plainTwin(request.params.requestedSchema);
      return isObject(schema) ? [[key, schema]] : [];
    }),
  );
}

/**
 * Checks that the content of input responses matches the schemas that it was requested with.
 * @throws an invalid params error if it does not
 */
export function checkInputResponses(schemas: RequestedSchemas, responses: unknown): void {
  for (const [key, schema] of Object.entries(schemas)) {
    const response = isObject(responses) ? ownValue(responses, key) : undefined;
    if (!isObject(response) || response.action !== 'accept') continue;
    const { problems, tooSlow } = validateSchema(schema, response.content ?? {});
    const subject = `the input response ${JSON.stringify(key)}`;
    if (tooSlow !== undefined) throw invalidParams(tooSlowText(subject, tooSlow));
    if (problems.length > 0) {
      throw invalidParams(`${subject} does not match its requestedSchema: ${problems.join('; ')}`);
    }
  }
}
