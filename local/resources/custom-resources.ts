import type { CustomResourceRequest } from '../services/cloudformation/custom-resource-protocol.js';
import type { ResourceContext, ResourceType, ReturnValues } from './resource-type.js';

/** CloudFormation's default for `ServiceTimeout`, in seconds. */
const DEFAULT_SERVICE_TIMEOUT = 3600;

/** `Custom::*` and `AWS::CloudFormation::CustomResource`. */
export const customResource: ResourceType = {
  async create(context) {
    return send(context, { RequestType: 'Create' });
  },
  async update(context, previous) {
    return send(context, {
      RequestType: 'Update',
      PhysicalResourceId: previous.returnValues.physicalId,
      OldResourceProperties: stringified(previous.properties) as Record<string, unknown>,
    });
  },
  async delete(context, { physicalId }) {
    await send(context, { RequestType: 'Delete', PhysicalResourceId: physicalId });
  },
};

async function send(
  context: ResourceContext,
  request: Pick<CustomResourceRequest, 'RequestType' | 'PhysicalResourceId' | 'OldResourceProperties'>,
): Promise<ReturnValues> {
  const { properties, services, stack, type, logicalId } = context;
  const response = await services.customResources.request(
    properties.ServiceToken,
    {
      ...request,
      StackId: stack.id,
      ResourceType: type,
      LogicalResourceId: logicalId,
      ResourceProperties: stringified(properties) as Record<string, unknown>,
    },
    Number(properties.ServiceTimeout ?? DEFAULT_SERVICE_TIMEOUT),
  );
  if (response.Status !== 'SUCCESS')
    throw new Error(response.Reason ?? 'the provider responded FAILED without a reason');
  const physicalId = response.PhysicalResourceId ?? request.PhysicalResourceId;
  if (!physicalId) throw new Error('the provider responded without a PhysicalResourceId');
  return { physicalId, attributes: response.Data };
}

/** Converts numbers and booleans to strings, as CloudFormation does for providers. */
function stringified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stringified);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, stringified(item)]));
  }
  return String(value);
}
