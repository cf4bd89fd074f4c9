import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { McpLambdaServerAttributes } from '../../mcp-lambda-server-props';
import { PATHS } from '../contract';
import { invalid } from '../errors';
import { parseFunctionArn } from './function-arn';

const URL_PATHS = { mcpUrl: PATHS.MCP, registrationUrl: PATHS.REGISTER } as const;
/** The attributes that have the ARN of a function, with the attribute of the server's construct. */
const FUNCTION_ARNS = {
  httpFunctionArn: 'functionArn of httpFunction',
  registrationFunctionArn: 'functionArn of registrationFunction',
  registrationProviderArn: 'registrationProviderArn',
} as const;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/;

/** Rejects URLs and ARNs that an imported server cannot have. Tokens are accepted. */
export function checkAttributes(server: Construct, attributes: McpLambdaServerAttributes): void {
  const reject = (name: keyof McpLambdaServerAttributes, problem: string, source: string = name) =>
    invalid(server, `${name} '${attributes[name]}' ${problem}; use the attribute ${source} of the server's construct`);
  for (const name of ['mcpUrl', 'registrationUrl'] as const) {
    const url = attributes[name];
    if (isLiteral(url) && !url.endsWith(URL_PATHS[name])) throw reject(name, `does not end with ${URL_PATHS[name]}`);
  }
  for (const [key, source] of Object.entries(FUNCTION_ARNS)) {
    const name = key as keyof typeof FUNCTION_ARNS;
    const arn = attributes[name];
    // the functions and their URLs have no version and no alias
    if (isLiteral(arn) && parseFunctionArn(arn)?.unqualified !== arn) {
      throw reject(name, 'is not an unqualified Lambda function ARN', source);
    }
  }
  if (isLiteral(attributes.runtimeRoleArn) && !ROLE_ARN.test(attributes.runtimeRoleArn)) {
    throw reject('runtimeRoleArn', 'is not the ARN of an IAM role');
  }
}

/** Whether a text is known at synth. */
export function isLiteral(text: string | undefined): text is string {
  return text !== undefined && !Token.isUnresolved(text);
}
