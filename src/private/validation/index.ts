/**
 * The rules of a registration, one module for both sides: the constructs run it at synth, the Registration API and the
 * CloudFormation provider at run time, so that what synthesises also deploys. Pure TypeScript without dependencies.
 *
 * - `validateRegistration(body)`: a whole body, as `POST /register` takes it.
 * - `validateDefinition(body)`: the same without `lambdaArn` and `completionHandler`, which are tokens at synth and travel
 *   as properties of their own. Its values must not contain unresolved tokens.
 *
 * Both return `{ definition }` (in canonical key order; `parameters` has become `inputSchema` or `arguments`) or
 * `{ errors }` with every error, `path` being a JSON pointer into the body.
 */
import type { JsonObject, RegistrationDefinition } from '../registration';
import type { Report } from './checks';
import { checkDefinition, type DeclaredDefinition } from './definition';

export { type FunctionArn, parseFunctionArn } from './function-arn';
export { READ_ONLY_KEYS } from './keys';
export type { DeclaredDefinition };

/** One broken rule: where (JSON pointer into the body, '' for the whole), and value, rule and way out. */
export interface ValidationError {
  readonly path: string;
  readonly message: string;
}

/** Outcome of a validation: a definition or the errors, never both. */
export type Validated<T> =
  | { readonly definition: T; readonly errors?: undefined }
  | { readonly definition?: undefined; readonly errors: ValidationError[] };

/** Checks a whole registration body. */
export function validateRegistration(body: unknown): Validated<RegistrationDefinition> {
  return validate(body, (object, report) => {
    if (object.lambdaArn === undefined) report('/lambdaArn', 'required: the ARN of the Lambda function to invoke');
    return checkDefinition(object, report, ['lambdaArn', 'completionHandler']) as RegistrationDefinition;
  });
}

/** Checks a registration body without its function ARNs. */
export function validateDefinition(body: unknown): Validated<DeclaredDefinition> {
  return validate(body, (object, report) => checkDefinition(object, report, []));
}

function validate<T>(body: unknown, check: (object: JsonObject, report: Report) => T): Validated<T> {
  const errors: ValidationError[] = [];
  const report: Report = (path, message) => {
    errors.push({ path, message });
  };
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    return { errors: [{ path: '', message: 'a registration must be a JSON object' }] };
  }
  const definition = check(body as JsonObject, report);
  return errors.length > 0 ? { errors } : { definition };
}
