/**
 * Resource types that are accepted without effect, except those in the list of emulated types. They include resources of services that
 * functions may call (Kinesis, Bedrock, …): such a call fails with an error that names the service.
 */
const ACCEPTED_TYPES = [
  /^AWS::ApiGateway::(Account|Model|RequestValidator|DocumentationPart|DocumentationVersion|ClientCertificate)$/,
  /^AWS::Lambda::(LayerVersionPermission|CodeSigningConfig)$/,
  /^AWS::CloudFormation::(WaitCondition|WaitConditionHandle)$/,
  /^AWS::IAM::(User|UserPolicy|Group|AccessKey|InstanceProfile|ServiceLinkedRole|OIDCProvider)$/,
  /^AWS::(CDK|EC2|KMS|Logs|CloudWatch|WAFv2|WAF|WAFRegional|SSM|Budgets|Backup|XRay|ApplicationInsights)::/,
  /^AWS::(S3Tables|SNS|SQS|SecretsManager|Cognito|Route53|CertificateManager|CloudFront|RDS|ElastiCache|OpenSearchService)::/,
  /^AWS::S3::(?!Bucket$|BucketPolicy$)/,
  /^AWS::(Bedrock|BedrockAgentCore|Kinesis|KinesisFirehose|StepFunctions|ECR|Athena|Glue|SES|AppConfig|ServiceCatalogAppRegistry)::/,
  // the CDK's own custom resources, which act on the services above
  /^Custom::(LogRetention|VpcRestrictDefaultSG|CloudwatchLogResourcePolicy|ECRAutoDeleteImages)$/,
];

export function isAcceptedType(type: string): boolean {
  return ACCEPTED_TYPES.some((pattern) => pattern.test(type));
}
