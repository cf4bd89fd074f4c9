/**
 * Replaces the `_shims` module of the MCP SDK in the bundles (scripts/bundle.mjs). The SDK's validator, AJV, adds 150 KB and compiles
 * schemas with `new Function`, although they come from registrations. Ours interprets them.
 */
import type { JsonSchemaType, JsonSchemaValidator, jsonSchemaValidator } from '@modelcontextprotocol/server';
import type { JsonObject } from '../../src/private/registration.js';
import { schemaProblems } from '../functions/schema-validation.js';

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
