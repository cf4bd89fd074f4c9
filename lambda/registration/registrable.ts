import { ListTagsCommand } from '@aws-sdk/client-lambda';
import { ENV, OPT_IN_TAG, type ServerInfo } from '../../src/private/contract.js';
import { type FunctionArn, parseFunctionArn } from '../../src/private/validation/index.js';
import { repeatingLambda } from '../shared/clients.js';
import { jsonEnv } from '../shared/env.js';
import type { ErrorDetail } from '../shared/http.js';
import { locationProblem } from './function-location.js';
import { requestOptions } from './lambda-control.js';

/**
 * Why a function cannot be registered through the Registration API, as far as its ARN tells; undefined if it can. Whether the function
 * exists and has the opt-in tag is not read here: the policy of this function's role decides when the permission is added.
 */
export function registrableProblem(functionArn: string, path: string): ErrorDetail | undefined {
  const message = problem(functionArn);
  return message === undefined ? undefined : { path, message };
}

/** The requirement of the opt-in tag, for error messages. */
export function optInAdvice(): string {
  return `the tag ${OPT_IN_TAG} = ${serverName()}`;
}

/** Whether the owner or `registrableFunctions` still allows this server to invoke a function for API registrations. */
export async function isAllowed(functionArn: string): Promise<boolean> {
  const arn = parseFunctionArn(functionArn)!;
  const patterns = registrablePatterns();
  if (patterns) return matchesAny(functionArn, arn, patterns);
  const { Tags: tags = {} } = await repeatingLambda().send(
    new ListTagsCommand({ Resource: arn.unqualified }),
    requestOptions(),
  );
  return serverName() !== undefined && tags[OPT_IN_TAG] === serverName();
}

/** The ARN patterns of the functions that can be registered; undefined if the opt-in tag decides. */
export function registrablePatterns(): string[] | undefined {
  return jsonEnv<string[] | undefined>(ENV.REGISTRABLE_FUNCTIONS, undefined);
}

function problem(functionArn: string): string | undefined {
  const arn = parseFunctionArn(functionArn)!;
  if (isServerFunction(arn)) return `${functionArn} is one of this server’s own functions, which cannot be registered`;
  const location = locationProblem(arn);
  if (location) return location;
  const patterns = registrablePatterns();
  if (patterns && !matchesAny(functionArn, arn, patterns)) {
    return `${functionArn} is not registrable: registrableFunctions only allows ${patterns.join(', ')}`;
  }
  return undefined;
}

function serverName(): string | undefined {
  return jsonEnv<Partial<ServerInfo>>(ENV.SERVER_INFO, {}).name;
}

function matchesAny(functionArn: string, { unqualified }: FunctionArn, patterns: readonly string[]): boolean {
  return [functionArn, unqualified].some((each) => patterns.some((pattern) => matchesPattern(each, pattern)));
}

function isServerFunction(arn: FunctionArn): boolean {
  // OWN_FUNCTIONS does not include the function that reads it: in its own environment, its ARN would be a circular dependency
  if (arn.functionName === process.env.AWS_LAMBDA_FUNCTION_NAME && locationProblem(arn) === undefined) return true;
  return jsonEnv<string[]>(ENV.OWN_FUNCTIONS, []).includes(arn.unqualified);
}

function matchesPattern(functionArn: string, pattern: string): boolean {
  const literals = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literals.join('.*')}$`).test(functionArn);
}
