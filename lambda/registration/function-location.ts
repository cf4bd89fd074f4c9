import { ENV } from '../../src/private/contract.js';
import type { FunctionArn } from '../../src/private/validation/index.js';
import { requireEnv } from '../shared/env.js';

/** What keeps a function from being this server's, for where it is; undefined where it is in its account and region. */
export function locationProblem(arn: FunctionArn): string | undefined {
  return regionProblem(arn) ?? accountProblem(arn);
}

/** A Lambda client reaches the functions of its own region only. */
export function regionProblem({ unqualified, partition, region }: FunctionArn): string | undefined {
  const home = requireEnv('AWS_REGION');
  if (region === home && partition === roleArn().partition) return undefined;
  return `${unqualified} is in another region: this server invokes functions of ${home} (${roleArn().partition}) only`;
}

function accountProblem({ unqualified, account }: FunctionArn): string | undefined {
  const role = roleArn();
  if (account === role.account) return undefined;
  return (
    `${unqualified} is in account ${account}, this server in ${role.account}, which cannot add a permission there: ` +
    'declare it in the server’s CDK app with addTool, and let its owner run aws lambda add-permission ' +
    `--function-name ${unqualified} --statement-id mcp --action lambda:InvokeFunction --principal ${role.arn}`
  );
}

function roleArn(): { arn: string; partition: string; account: string } {
  const arn = requireEnv(ENV.RUNTIME_ROLE_ARN);
  const [, partition, , , account] = arn.split(':');
  return { arn, partition: partition!, account: account! };
}
