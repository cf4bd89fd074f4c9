/**
 * Validation of registrations. The constructs use it at synth, the Registration API and the registration provider at run time, so a
 * definition that synthesises also deploys. Pure TypeScript without dependencies.
 *
 * - `validateRegistration(body)` checks a whole body, as `POST /register` receives it.
 * - `validateDefinition(body)` checks a body without `lambdaArn` and `completionHandler`, which are tokens at synth and separate
 *   properties of the custom resource. Its values must not contain unresolved tokens.
 *
 * Both return either `{ definition }` in canonical key order, with `parameters` converted to `inputSchema` or `arguments`, or
 * `{ errors }` with all errors. The `path` of an error is a JSON pointer into the body.
 */
import type { JsonObject, RegistrationDefinition } from '../registration';
import type { Report } from './checks';
import { checkDefinition, type DeclaredDefinition } from './definition';

export { SAME_COMPLETION_HANDLER } from './definition';
export { isEventType } from './event';

export { type FunctionArn, parseFunctionArn } from './function-arn';
export { READ_ONLY_KEYS } from './keys';
export type { DeclaredDefinition };

/** A violated rule. */
interface ValidationError {
  /** JSON pointer into the body; an empty string for the whole body. */
  readonly path: string;
  /** The value, the rule, and how to fix the error. */
  readonly message: string;
}

/** Result of a validation: either a definition or errors. */
type Validated<T> =
  | { readonly definition: T; readonly errors?: undefined }
  | { readonly definition?: undefined; readonly errors: ValidationError[] };

/** Checks a whole registration body. */
export function validateRegistration(body: unknown): Validated<RegistrationDefinition> {
  return validate(body, (object, report) => {
    if (object.lambdaArn === undefined) report('/lambdaArn', 'is required (the ARN of the Lambda function to invoke)');
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
