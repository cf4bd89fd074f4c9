import { GetFunctionConfigurationCommand, ListTagsCommand } from '@aws-sdk/client-lambda';
import { ENV, OPT_IN_TAG, type ServerInfo } from '../../src/private/contract.js';
import { type FunctionArn, parseFunctionArn } from '../../src/private/validation/index.js';
import { repeatingLambda } from '../shared/clients.js';
import { jsonEnv } from '../shared/env.js';
import type { ErrorDetail } from '../shared/http.js';
import { locationProblem } from './function-location.js';
import { isError, requestOptions } from './lambda-control.js';

/** Why a function cannot be registered through the Registration API; undefined if it can. */
export async function registrableProblem(functionArn: string, path: string): Promise<ErrorDetail | undefined> {
  const message = await problem(functionArn);
  return message === undefined ? undefined : { path, message };
}

async function problem(functionArn: string): Promise<string | undefined> {
  const arn = parseFunctionArn(functionArn)!;
  if (isServerFunction(arn)) return `${functionArn} is one of this server’s own functions, which cannot be registered`;
  const location = locationProblem(arn);
  if (location) return location;
  const patterns = jsonEnv<string[] | undefined>(ENV.REGISTRABLE_FUNCTIONS, undefined);
  if (
    patterns &&
    ![functionArn, arn.unqualified].some((each) => patterns.some((pattern) => matchesPattern(each, pattern)))
  ) {
    return `${functionArn} is not registrable: registrableFunctions only allows ${patterns.join(', ')}`;
  }
  return (await existenceProblem(functionArn, arn)) ?? (patterns ? undefined : await tagProblem(arn));
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

async function existenceProblem(
  functionArn: string,
  { unqualified, qualifier }: FunctionArn,
): Promise<string | undefined> {
  try {
    await repeatingLambda().send(
      new GetFunctionConfigurationCommand({ FunctionName: unqualified, Qualifier: qualifier }),
      requestOptions(),
    );
    return undefined;
  } catch (error) {
    if (isError(error, 'ResourceNotFoundException')) return `function ${functionArn} does not exist`;
    if (isError(error, 'AccessDeniedException'))
      return `${functionArn} is not registrable: this server may not read its configuration`;
    throw error;
  }
}

async function tagProblem({ unqualified }: FunctionArn): Promise<string | undefined> {
  const serverName = jsonEnv<Partial<ServerInfo>>(ENV.SERVER_INFO, {}).name;
  const { Tags: tags = {} } = await repeatingLambda().send(
    new ListTagsCommand({ Resource: unqualified }),
    requestOptions(),
  );
  if (serverName !== undefined && tags[OPT_IN_TAG] === serverName) return undefined;
  return `${unqualified} is not registrable: its owner must add the tag ${OPT_IN_TAG} = ${serverName}`;
}
