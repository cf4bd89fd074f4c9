import { ENV } from '../../src/private/contract.js';
import type { FunctionArn } from '../../src/private/validation/index.js';
import { requireEnv } from '../shared/env.js';

/** Why the account or region of a function prevents its registration; undefined if both are the server's. */
export function locationProblem(arn: FunctionArn): string | undefined {
  return regionProblem(arn) ?? accountProblem(arn);
}

/** Why the region of a function prevents its invocation: a Lambda client only reaches functions of its own region. */
export function regionProblem({ unqualified, partition, region }: FunctionArn): string | undefined {
  const serverRegion = requireEnv('AWS_REGION');
  if (region === serverRegion && partition === roleArn().partition) return undefined;
  return `${unqualified} is in another region: this server can only invoke functions in ${serverRegion} (${roleArn().partition})`;
}

function accountProblem({ unqualified, account }: FunctionArn): string | undefined {
  const role = roleArn();
  if (account === role.account) return undefined;
  return (
    `${unqualified} is in account ${account}, and this server in ${role.account} cannot add a permission to it: ` +
    'declare it in the server’s CDK app with addTool(), and have its owner run aws lambda add-permission ' +
    `--function-name ${unqualified} --statement-id mcp --action lambda:InvokeFunction --principal ${role.arn}`
  );
}

function roleArn(): { arn: string; partition: string; account: string } {
  const arn = requireEnv(ENV.RUNTIME_ROLE_ARN);
  const [, partition, , , account] = arn.split(':');
  return { arn, partition: partition!, account: account! };
}
