import { type ReadResourceResult, ResourceNotFoundError, specTypeSchemas } from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { type Answer, isObject } from './answer.js';
import { internalError, ownError } from './errors.js';

/** The contents of a resource for what its function answered. */
export function resourceResult(answer: Answer, uri: string, registration: Registration): ReadResourceResult {
  const registered = registration.mimeType;
  const one = (content: JsonObject, mimeType?: string) =>
    mcpResult({ contents: [{ mimeType, ...content }] }, uri, registered);
  switch (answer.kind) {
    case 'error':
      throw ownError(answer);
    case 'result':
      return mcpResult(answer.result, uri, registered);
    case 'status':
      if (answer.status === 404) throw new ResourceNotFoundError(uri);
      throw internalError(`the resource cannot be read: its function answered with status ${answer.status}`);
    case 'binary':
      return one({ blob: answer.base64 }, answer.mimeType);
    case 'value': {
      const { value, mimeType } = answer;
      if (isObject(value) && Array.isArray(value.contents)) return mcpResult(value, uri, registered);
      if (value === null || value === undefined) return { contents: [] };
      if (typeof value === 'string') return one({ text: value }, registered ?? mimeType);
      return one({ text: JSON.stringify(value) }, registered ?? mimeType ?? 'application/json');
    }
  }
}

/** A result of the function's own making; what each content leaves out is the registration's. */
function mcpResult({ resultType: _, ...result }: JsonObject, uri: string, mimeType?: string): ReadResourceResult {
  const contents = Array.isArray(result.contents) ? result.contents : [];
  const complete = contents.map((content) => {
    if (!isObject(content)) return content;
    const filled: JsonObject = { uri, ...content, mimeType: content.mimeType ?? mimeType };
    if (filled.mimeType === undefined) delete filled.mimeType;
    return filled;
  });
  const parsed = specTypeSchemas.ReadResourceResult['~standard'].validate({ ...result, contents: complete });
  if (!('value' in parsed)) throw internalError('the function of the resource answered with invalid contents');
  return parsed.value as ReadResourceResult;
}
