import { resolve, type Scope } from '../assembly/intrinsics.js';
import type { ResourceContext, ReturnValues } from './resource-type.js';

/**
 * Resource types that are accepted without effect, except those in the list of emulated types. They include resources of services that
 * functions may call (Kinesis, Bedrock, …): such a call fails with an error that names the service.
 */
const ACCEPTED_TYPES = [
  /^AWS::ApiGateway::(Account|Model|RequestValidator|DocumentationPart|DocumentationVersion|ClientCertificate)$/,
  /^AWS::Lambda::(LayerVersion|LayerVersionPermission|EventInvokeConfig|CodeSigningConfig)$/,
  /^AWS::CloudFormation::(WaitCondition|WaitConditionHandle)$/,
  /^AWS::IAM::(User|UserPolicy|Group|AccessKey|InstanceProfile|ServiceLinkedRole|OIDCProvider)$/,
  /^AWS::(CDK|EC2|KMS|Logs|CloudWatch|WAFv2|WAF|WAFRegional|SSM|Budgets|Backup|XRay|ApplicationInsights)::/,
  /^AWS::(S3Tables|SNS|SQS|SecretsManager|Cognito|Route53|CertificateManager|CloudFront|RDS|ElastiCache|OpenSearchService)::/,
  /^AWS::S3::(?!Bucket$|BucketPolicy$)/,
  /^AWS::(Bedrock|BedrockAgentCore|Kinesis|KinesisFirehose|StepFunctions|ECR|Athena|Glue|SES|AppConfig|ServiceCatalogAppRegistry)::/,
  // the CDK's own custom resources, which act on the services above
  /^Custom::(LogRetention|VpcRestrictDefaultSG|S3AutoDeleteObjects|CDKBucketDeployment|CloudwatchLogResourcePolicy)$/,
];

/** Prefixes of resource ids. */
const ID_PREFIXES: Record<string, string> = {
  'AWS::EC2::VPC': 'vpc',
  'AWS::EC2::Subnet': 'subnet',
  'AWS::EC2::SecurityGroup': 'sg',
  'AWS::EC2::VPCEndpoint': 'vpce',
  'AWS::EC2::InternetGateway': 'igw',
  'AWS::EC2::NatGateway': 'nat',
  'AWS::EC2::RouteTable': 'rtb',
};
const REF_IS_ARN = new Set([
  'AWS::StepFunctions::StateMachine',
  'AWS::Lambda::LayerVersion',
  'AWS::IAM::InstanceProfile',
]);
/** Resource parts of ARNs that do not have the form `<type>/<name>`. */
const ARN_RESOURCES: Record<string, (name: string) => string> = {
  'AWS::Logs::LogGroup': (name) => `log-group:${name}:*`,
  'AWS::CloudWatch::Alarm': (name) => `alarm:${name}`,
};
/** Properties with the name of a resource. */
const NAME_PROPERTIES = ['BucketName', 'LogGroupName', 'AlarmName', 'Name'];

export function isAcceptedType(type: string): boolean {
  return ACCEPTED_TYPES.some((pattern) => pattern.test(type));
}

/** Returns placeholder ids and ARNs for an accepted resource. Uses its properties if they can be resolved. */
export function placeholderValues(
  context: Omit<ResourceContext, 'properties' | 'services'>,
  properties: Record<string, unknown>,
  scope: Scope,
): ReturnValues {
  const property = (name: string): unknown => {
    try {
      return resolve(properties[name], scope);
    } catch {
      return undefined; // it may refer to an unsupported resource
    }
  };
  const { type } = context;
  const explicitName = NAME_PROPERTIES.map(property).find((name) => typeof name === 'string') as string | undefined;
  const hash = context.physicalName().slice(-12).toLowerCase();
  const prefix = ID_PREFIXES[type];
  const name = prefix ? `${prefix}-0${hash}` : (explicitName ?? context.physicalName(63).toLowerCase());
  const [, service = 'cloudformation', kind = type] = type.split('::');
  const arn = context.arn(service.toLowerCase(), ARN_RESOURCES[type]?.(name) ?? `${kind.toLowerCase()}/${name}`);
  const attributes = new Proxy<Record<string, unknown>>(
    {},
    {
      get(_, attribute) {
        if (typeof attribute !== 'string') return undefined;
        if (attribute.endsWith('Arn')) return arn;
        if (/^(Group|Vpc|Subnet|Key|Allocation)?Id$/.test(attribute)) return property(attribute) ?? name;
        return property(attribute) ?? `${name}-${attribute.toLowerCase()}`;
      },
    },
  );
  return { physicalId: REF_IS_ARN.has(type) ? arn : name, attributes };
}
