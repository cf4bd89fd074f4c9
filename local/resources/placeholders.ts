import { resolve, type Scope } from '../assembly/intrinsics.js';
import type { ResourceContext, ReturnValues } from './resource-type.js';

/** Prefixes of resource ids. */
const ID_PREFIXES: Record<string, string> = {
  'AWS::EC2::VPC': 'vpc',
  'AWS::EC2::Subnet': 'subnet',
  'AWS::EC2::SecurityGroup': 'sg',
  'AWS::EC2::VPCEndpoint': 'vpce',
  'AWS::EC2::InternetGateway': 'igw',
  'AWS::EC2::NatGateway': 'nat',
  'AWS::EC2::RouteTable': 'rtb',
  'AWS::EFS::FileSystem': 'fs',
  'AWS::EFS::AccessPoint': 'fsap',
};
/** Types whose ids have ten lowercase characters, as API Gateway's. */
const SHORT_IDS = new Set(['AWS::ApiGatewayV2::Api', 'AWS::ApiGateway::RestApi']);
const REF_IS_ARN = [
  /^AWS::(SNS::Topic|SecretsManager::Secret|StepFunctions::(StateMachine|Activity)|IAM::InstanceProfile)$/,
  /^AWS::(IAM::(ManagedPolicy|OIDCProvider)|Lambda::(LayerVersion|CodeSigningConfig|EventSourceMapping|CapacityProvider))$/,
  /^AWS::(ECS::(Service|TaskDefinition)|ElasticLoadBalancingV2::\w+|CertificateManager::Certificate|MSK::Cluster)$/,
  /^AWS::(AppSync::GraphQLApi|Bedrock::(Guardrail|KnowledgeBase)|BedrockAgentCore::\w+|S3Vectors::\w+|WAFv2::\w+)$/,
];
/** Resource parts of ARNs that do not have the form `<type>/<name>`. */
const ARN_RESOURCES: Record<string, (name: string) => string> = {
  'AWS::SNS::Topic': (name) => name,
  'AWS::SQS::Queue': (name) => name,
  'AWS::SecretsManager::Secret': (name) => `secret:${name}`,
  'AWS::Logs::LogGroup': (name) => `log-group:${name}:*`,
  'AWS::CloudWatch::Alarm': (name) => `alarm:${name}`,
  'AWS::StepFunctions::StateMachine': (name) => `stateMachine:${name}`,
  'AWS::Events::EventBus': (name) => `event-bus/${name}`,
  'AWS::Lambda::Function': (name) => `function:${name}`,
  'AWS::RDS::DBInstance': (name) => `db:${name}`,
  'AWS::RDS::DBCluster': (name) => `cluster:${name}`,
};
/** Service parts of ARNs that differ from the service in the resource type. */
const ARN_SERVICES: Record<string, string> = {
  StepFunctions: 'states',
  CertificateManager: 'acm',
  ElasticLoadBalancingV2: 'elasticloadbalancing',
  MSK: 'kafka',
  KinesisFirehose: 'firehose',
  ApiGatewayV2: 'apigateway',
};
/** Services whose ARNs have no region. */
const GLOBAL_SERVICES = new Set(['iam', 'cloudfront', 'route53']);
/** Properties with the name of a resource. */
const NAME_PROPERTIES = ['BucketName', 'TopicName', 'QueueName', 'LogGroupName', 'AlarmName', 'FunctionName', 'Name'];
/** Attributes that are lists. */
const LIST_ATTRIBUTE = /(Ids|Entries|Servers|Blocks|Associations|Addresses|Arns|Names|Zones|Keys)$/;
const LIST_LENGTH = 3;

/**
 * Returns plausible ids and ARNs of a resource that does not run here. Attributes have the value of the property with the same name, if there
 * is one.
 */
export function placeholderValues(
  context: Omit<ResourceContext, 'properties' | 'services'>,
  properties: Record<string, unknown>,
  scope: Scope,
): ReturnValues {
  const { type } = context;
  const property = (name: string): unknown => {
    try {
      return resolve(properties[name], scope);
    } catch {
      return undefined; // it refers to something that cannot be resolved
    }
  };
  const name = placeholderName(context, NAME_PROPERTIES.map(property));
  const [, service = 'cloudformation', kind = type] = type.split('::');
  const arnService = ARN_SERVICES[service] ?? service.toLowerCase();
  const resource = ARN_RESOURCES[type]?.(name) ?? `${kind.toLowerCase()}/${name}`;
  const arn = context.arn(arnService, resource, { global: GLOBAL_SERVICES.has(arnService) });
  const { region } = context.stack.environment;
  const attribute = (key: string): unknown => {
    if (key.endsWith('Arn')) return arn;
    if (/^(Group|Vpc|Subnet|Key|Allocation|Api)?Id$/.test(key)) return property(key) ?? name;
    const own = property(key);
    if (own !== undefined) return own;
    if (key === 'FunctionUrl') return `https://${name}.lambda-url.${region}.on.aws/`;
    if (key === 'ApiEndpoint') return `https://${name}.execute-api.${region}.amazonaws.com`;
    if (/(Url|URL|Uri|Endpoint)$/.test(key)) return `https://${name}.${arnService}.${region}.amazonaws.com`;
    if (/(Address|DomainName|DNSName|Host)$/.test(key)) return `${name}.${arnService}.${region}.amazonaws.com`;
    if (/Port$/.test(key)) return '443';
    const text = `${name}-${key.toLowerCase()}`;
    return LIST_ATTRIBUTE.test(key) ? Array.from({ length: LIST_LENGTH }, (_, i) => `${text}-${i}:${text}`) : text;
  };
  const attributes = new Proxy<Record<string, unknown>>(
    {},
    { get: (_, key) => (typeof key === 'string' ? attribute(key) : undefined) },
  );
  return { physicalId: REF_IS_ARN.some((pattern) => pattern.test(type)) ? arn : name, attributes };
}

/** Returns a plausible value for an export of a stack that does not run here. */
export function placeholderExport(
  name: string,
  arn: (service: string, resource: string) => string,
  isArn = /Arn/.test(name),
): string {
  const text = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return isArn ? arn('cloudformation', `export/${text}`) : text;
}

function placeholderName(context: Omit<ResourceContext, 'properties' | 'services'>, names: unknown[]): string {
  const hash = context.physicalName().slice(-12).toLowerCase();
  const prefix = ID_PREFIXES[context.type];
  if (prefix) return `${prefix}-0${hash}`;
  if (SHORT_IDS.has(context.type) || context.type === 'AWS::Lambda::Url') return hash.slice(0, 10);
  const explicit = names.find((name) => typeof name === 'string') as string | undefined;
  return explicit ?? context.physicalName(63).toLowerCase();
}
