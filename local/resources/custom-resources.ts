import type { CustomResourceRequest } from '../services/cloudformation/custom-resource-protocol.js';
import { DeploymentError, NotRunError } from './not-run.js';
import type { ResourceContext, ResourceType, ReturnValues } from './resource-type.js';

/** Maximum time that the runner waits for a provider, in seconds. CloudFormation waits for an hour by default. */
const MAX_SERVICE_TIMEOUT = 120;
/** Longest timeout of a registration, in seconds. */
const MAX_CALL_TIMEOUT = 840;
/** The custom resources of MCP servers. Their providers reject invalid registrations. */
const MCP_TYPE = /^Custom::Mcp[A-Z]/;
/** The CDK's message about an AWS SDK client that `AwsCustomResource` calls. */
const MISSING_SDK_CLIENT = /Package (@aws-sdk\/[\w-]+) does not exist|cannot find (@aws-sdk\/[\w-]+)/;
/** The message about a function that a server cannot invoke. */
const OTHER_REGION = /arn:[\w-]+:lambda:([a-z0-9-]+):\S+ is in another region/;

/** `Custom::*` and `AWS::CloudFormation::CustomResource`. */
export const customResource: ResourceType = {
  async create(context) {
    return send(context, { RequestType: 'Create' });
  },
  async update(context, previous) {
    return send(context, {
      RequestType: 'Update',
      PhysicalResourceId: previous.returnValues.physicalId,
      OldResourceProperties: providerProperties(previous.properties),
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
  const requested = services.customResources.request(
    String(properties.ServiceToken),
    {
      ...request,
      StackId: stack.id,
      ResourceType: type,
      LogicalResourceId: logicalId,
      ResourceProperties: services.debugPorts
        ? withLongestTimeout(providerProperties(properties))
        : providerProperties(properties),
    },
    Math.min(Number(properties.ServiceTimeout ?? MAX_SERVICE_TIMEOUT), MAX_SERVICE_TIMEOUT),
  );
  const response = await requested.catch((error: Error) => {
    throw MCP_TYPE.test(type) && !(error instanceof NotRunError) ? new DeploymentError(error.message) : error;
  });
  if (response.Status !== 'SUCCESS') throw failure(type, response.Reason);
  const physicalId = response.PhysicalResourceId ?? request.PhysicalResourceId;
  if (!physicalId) throw new Error('the provider responded without a PhysicalResourceId');
  return { physicalId, attributes: response.Data };
}

function failure(type: string, reason = 'the provider responded FAILED without a reason'): Error {
  if (MCP_TYPE.test(type)) return new DeploymentError(`${reason}${regionHint(reason)}`);
  const [, own, runtime] = MISSING_SDK_CLIENT.exec(reason) ?? [];
  const name = own ?? runtime;
  if (name === undefined) return new NotRunError(reason);
  return new NotRunError(`it calls AWS with ${name}, which is not installed`, `npm install --save-dev ${name}`);
}

/** Stacks without a region run in a region of the runner, which a function known by its ARN only may not be in. */
function regionHint(reason: string): string {
  const [, region] = OTHER_REGION.exec(reason) ?? [];
  return region ? `; set the region of the stack, or CDK_DEFAULT_REGION=${region} if it has none` : '';
}

/** Returns the properties as the provider receives them. `AwsCustomResource` must not install the AWS SDK on this machine. */
function providerProperties(properties: ResourceContext['properties']): Record<string, unknown> {
  const { InstallLatestAwsSdk, ...others } = stringified(properties) as Record<string, unknown>;
  return InstallLatestAwsSdk === undefined ? others : { ...others, InstallLatestAwsSdk: 'false' };
}

/** Gives calls of a tool, resource or prompt the longest timeout, because a debugger may hold its function. */
function withLongestTimeout(properties: Record<string, unknown>): Record<string, unknown> {
  const { Definition } = properties;
  if (typeof Definition !== 'string') return properties;
  const definition = { ...JSON.parse(Definition), timeoutSeconds: MAX_CALL_TIMEOUT };
  return { ...properties, Definition: JSON.stringify(definition) };
}

/** Converts numbers and booleans to strings, as CloudFormation does for providers. */
function stringified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stringified);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, stringified(item)]));
  }
  return String(value);
}
