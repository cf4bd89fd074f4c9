import { NESTED_STACK } from '../assembly/nested-templates.js';
import { isAcceptedType } from './accepted-types.js';
import * as apiGateway from './apigateway.js';
import { bucketDeployment } from './bucket-deployment.js';
import * as cognito from './cognito.js';
import { customResource } from './custom-resources.js';
import { table } from './dynamodb.js';
import { eventBus } from './eventbridge.js';
import { functionUrl } from './function-url.js';
import * as iam from './iam.js';
import * as lambda from './lambda.js';
import type { ResourceType } from './resource-type.js';
import * as s3 from './s3.js';
import { eventsRule, schedulerSchedule } from './schedules.js';
import * as secretsManager from './secretsmanager.js';
import * as sns from './sns.js';
import * as sqs from './sqs.js';
import { parameter } from './ssm.js';

const EMULATED: Readonly<Record<string, ResourceType>> = {
  'AWS::ApiGateway::RestApi': apiGateway.restApi,
  'AWS::ApiGateway::Resource': apiGateway.resource,
  'AWS::ApiGateway::Method': apiGateway.method,
  'AWS::ApiGateway::Authorizer': apiGateway.authorizer,
  'AWS::ApiGateway::GatewayResponse': apiGateway.gatewayResponse,
  'AWS::ApiGateway::Deployment': apiGateway.deployment,
  'AWS::ApiGateway::Stage': apiGateway.stage,
  'AWS::ApiGateway::ApiKey': apiGateway.apiKey,
  'AWS::ApiGateway::UsagePlan': apiGateway.usagePlan,
  'AWS::ApiGateway::UsagePlanKey': apiGateway.usagePlanKey,
  'AWS::ApiGateway::DomainName': apiGateway.domainName,
  'AWS::ApiGateway::BasePathMapping': apiGateway.basePathMapping,
  'AWS::CloudFormation::CustomResource': customResource,
  'AWS::Cognito::UserPool': cognito.userPool,
  'AWS::Cognito::UserPoolClient': cognito.userPoolClient,
  'AWS::DynamoDB::Table': table,
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::Events::EventBus': eventBus,
  'AWS::Events::Rule': eventsRule,
  'AWS::IAM::ManagedPolicy': iam.managedPolicy,
  'AWS::IAM::Policy': iam.policy,
  'AWS::IAM::Role': iam.role,
  'AWS::IAM::RolePolicy': iam.policy,
  'AWS::Lambda::Alias': lambda.alias,
  'AWS::Lambda::EventInvokeConfig': lambda.eventInvokeConfig,
  'AWS::Lambda::Function': lambda.lambdaFunction,
  'AWS::Lambda::LayerVersion': lambda.layerVersion,
  'AWS::Lambda::Permission': lambda.permission,
  'AWS::Lambda::Url': functionUrl,
  'AWS::Lambda::Version': lambda.version,
  'AWS::S3::Bucket': s3.bucket,
  'AWS::S3::BucketPolicy': s3.bucketPolicy,
  'AWS::SNS::Subscription': sns.subscription,
  'AWS::SNS::Topic': sns.topic,
  'AWS::SNS::TopicInlinePolicy': sns.topicPolicy,
  'AWS::SNS::TopicPolicy': sns.topicPolicy,
  'AWS::SQS::Queue': sqs.queue,
  'AWS::SQS::QueueInlinePolicy': sqs.queuePolicy,
  'AWS::SQS::QueuePolicy': sqs.queuePolicy,
  'AWS::SSM::Parameter': parameter,
  'AWS::Scheduler::Schedule': schedulerSchedule,
  'AWS::SecretsManager::ResourcePolicy': secretsManager.secretPolicy,
  'AWS::SecretsManager::Secret': secretsManager.secret,
  'AWS::SecretsManager::SecretTargetAttachment': secretsManager.secretTargetAttachment,
  'Custom::CDKBucketDeployment': bucketDeployment,
  'Custom::S3AutoDeleteObjects': s3.autoDeleteObjects,
  'Custom::S3BucketNotifications': s3.bucketNotifications,
};

/** Whether the local runner emulates resources of a type, accepts them without effect, or does not support them. */
export type SupportLevel = 'emulated' | 'accepted' | 'unsupported';

/** Whether resources of a type have a provider. */
export function isCustomResource(type: string): boolean {
  return type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}

export function supportLevelOf(type: string): SupportLevel {
  if (Object.hasOwn(EMULATED, type)) return 'emulated';
  if (isAcceptedType(type)) return 'accepted';
  return type === NESTED_STACK || resourceType(type) ? 'emulated' : 'unsupported';
}

export function resourceType(type: string): ResourceType | undefined {
  return EMULATED[type] ?? (type.startsWith('Custom::') ? customResource : undefined);
}
