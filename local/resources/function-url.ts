import { functionUrlDefinition } from '../services/function-url/definition.js';
import { domainName } from '../services/function-url/function-urls.js';
import { NotRunError } from './not-run.js';
import { upsertType } from './resource-type.js';

/** `AWS::Lambda::Url`. Environment variables and outputs have the local URL in place of that of AWS. */
export const functionUrl = upsertType(
  async ({ properties, services, stack }) => {
    const { TargetFunctionArn, Qualifier } = properties;
    if (!services.lambda.find(TargetFunctionArn)) {
      throw new NotRunError(`its function ${TargetFunctionArn} is not part of the app`, 'deploy');
    }
    const { arn } = services.lambda.target(TargetFunctionArn, Qualifier);
    const { id } = await services.functionUrls.put(functionUrlDefinition(arn, properties), stack.environment);
    return {
      physicalId: arn,
      attributes: { FunctionArn: arn, FunctionUrl: `https://${domainName(id, stack.environment)}/` },
    };
  },
  ({ services }, { physicalId }) => services.functionUrls.remove(physicalId),
);
