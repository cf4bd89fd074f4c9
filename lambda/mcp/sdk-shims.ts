/**
 * Stands in for the MCP SDK's `_shims` module (scripts/bundle.mjs): our interpreting validator in place of AJV, which is
 * 150 KB and compiles schemas with `new Function`; our schemas come from registrants.
 */
import type { JsonSchemaType, JsonSchemaValidator, jsonSchemaValidator } from '@modelcontextprotocol/server';
import type { JsonObject } from '../../src/private/registration.js';
import { schemaProblems } from './schema-validation.js';

export { default as process } from 'node:process';

export class DefaultJsonSchemaValidator implements jsonSchemaValidator {
  getValidator<T>(schema: JsonSchemaType): JsonSchemaValidator<T> {
    return (input) => {
      const problems = schemaProblems(schema as JsonObject, input);
      return problems.length === 0
        ? { valid: true, data: input as T, errorMessage: undefined }
        : { valid: false, data: undefined, errorMessage: problems.join('; ') };
    };
  }
}
