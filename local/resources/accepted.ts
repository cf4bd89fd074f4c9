import { resolve, type Scope } from '../assembly/intrinsics.js';
import type { Outcome, ResourceContext } from './resource-type.js';

/**
 * Types that change nothing about what runs here. Those of services that functions may call (SNS, SQS, …) are among
 * them: the call itself says that the service is not here.
 */
const ACCEPTED = [
  /^AWS::ApiGateway::(Account|Model|RequestValidator|DocumentationPart|DocumentationVersion|ClientCertificate)$/,
  /^AWS::Lambda::(LayerVersion|LayerVersionPermission|EventInvokeConfig|CodeSigningConfig)$/,
  /^AWS::CloudFormation::(WaitCondition|WaitConditionHandle)$/,
  /^AWS::IAM::(User|UserPolicy|Group|AccessKey|InstanceProfile|ServiceLinkedRole|OIDCProvider)$/,
  /^AWS::(CDK|EC2|KMS|Logs|CloudWatch|WAFv2|WAF|WAFRegional|SSM|Budgets|Backup|XRay|ApplicationInsights)::/,
  /^AWS::(S3Tables|SNS|SQS|SecretsManager|Cognito|Route53|CertificateManager|CloudFront|RDS|ElastiCache|OpenSearchService)::/,
  /^AWS::S3::(?!Bucket$|BucketPolicy$)/,
  /^AWS::(Bedrock|BedrockAgentCore|Kinesis|KinesisFirehose|StepFunctions|ECR|Athena|Glue|SES|AppConfig|ServiceCatalogAppRegistry)::/,
  // the CDK's own helpers, which act on the services above
  /^Custom::(LogRetention|VpcRestrictDefaultSG|S3AutoDeleteObjects|S3BucketNotifications|CDKBucketDeployment|CloudwatchLogResourcePolicy)$/,
];

/** How ids of these begin, where something may look at them. */
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
  'AWS::SNS::Topic',
  'AWS::SecretsManager::Secret',
  'AWS::StepFunctions::StateMachine',
  'AWS::Lambda::LayerVersion',
  'AWS::IAM::InstanceProfile',
]);
/** ARNs of these are about something else than `<type>/<name>`. */
const ARN_RESOURCES: Record<string, (name: string) => string> = {
  'AWS::SNS::Topic': (name) => name,
  'AWS::SQS::Queue': (name) => name,
  'AWS::SecretsManager::Secret': (name) => `secret:${name}`,
  'AWS::Logs::LogGroup': (name) => `log-group:${name}:*`,
  'AWS::CloudWatch::Alarm': (name) => `alarm:${name}`,
};
/** The property that names a resource. */
const NAME_PROPERTIES = ['BucketName', 'TopicName', 'QueueName', 'LogGroupName', 'AlarmName', 'Name'];

export function isAccepted(type: string): boolean {
  return ACCEPTED.some((pattern) => pattern.test(type));
}

/** Plausible ids and ARNs for a resource that is not made. Its properties are read as far as they can be resolved. */
export function plausibleOutcome(
  context: Omit<ResourceContext, 'properties' | 'services'>,
  properties: Record<string, unknown>,
  scope: Scope,
): Outcome {
  const property = (name: string): unknown => {
    try {
      return resolve(properties[name], scope);
    } catch {
      return undefined; // it may refer to what is not run
    }
  };
  const { type } = context;
  const named = NAME_PROPERTIES.map(property).find((name) => typeof name === 'string') as string | undefined;
  const hash = context.physicalName().slice(-12).toLowerCase();
  const prefix = ID_PREFIXES[type];
  const name = prefix ? `${prefix}-0${hash}` : (named ?? context.physicalName(63).toLowerCase());
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
