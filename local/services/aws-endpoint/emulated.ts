import { type DescribeStack, parseCloudFormationCall } from '../cloudformation/describe-stacks.js';
import type { MetricStore } from '../cloudwatch/metric-store.js';
import { CloudWatchService, type DeclaredAlarm } from '../cloudwatch/service.js';
import type { LogStore } from '../cloudwatch-logs/log-store.js';
import { LogsService } from '../cloudwatch-logs/service.js';
import type { DynamoDbService } from '../dynamodb/service.js';
import type { EventBusService } from '../eventbridge/put-events.js';
import { lambdaPermissions } from '../lambda/access.js';
import { handleLambdaApi } from '../lambda/api.js';
import { parseCall } from '../lambda/operations.js';
import type { LambdaService } from '../lambda/service.js';
import type { S3Service } from '../s3/service.js';
import type { SecretsManagerService } from '../secretsmanager/service.js';
import type { SnsService } from '../sns/service.js';
import type { SqsService } from '../sqs/service.js';
import type { SsmService } from '../ssm/service.js';
import type { ParseCall } from './service-call.js';

/** What the services know of the deployed stacks. */
export interface DeployedStacks {
  readonly describe: DescribeStack;
  readonly alarms: () => readonly DeclaredAlarm[];
}

/** The emulated services that functions call. */
export interface EmulatedServices {
  readonly dynamoDb: DynamoDbService;
  readonly sqs: SqsService;
  readonly sns: SnsService;
  readonly s3: S3Service;
  readonly ssm: SsmService;
  readonly secretsManager: SecretsManagerService;
  readonly eventBus: EventBusService;
  readonly lambda: LambdaService;
  readonly metrics: MetricStore;
  readonly logs: LogStore;
}

/**
 * Returns the parser of calls for each emulated service, by its name in signatures.
 * @param stacks the stacks for CloudFormation's read operations, which are not supported without it
 */
export function parsersOf(services: EmulatedServices, stacks?: DeployedStacks): Readonly<Record<string, ParseCall>> {
  const { dynamoDb, sqs, sns, s3, ssm, secretsManager, eventBus, lambda } = services;
  const logs = new LogsService(services.logs, (functionName) => lambda.get(functionName)?.logGroup);
  const cloudWatch = new CloudWatchService(services.metrics, stacks?.alarms ?? (() => []));
  return {
    dynamodb: (request, environment) => dynamoDb.parseCall(request, environment),
    sqs: (request, environment) => sqs.parseCall(request, environment),
    sns: (request, environment) => sns.parseCall(request, environment),
    s3: (request) => s3.parseCall(request),
    ssm: (request, environment) => ssm.parseCall(request, environment),
    secretsmanager: (request, environment) => secretsManager.parseCall(request, environment),
    events: (request, environment) => eventBus.parseCall(request, environment),
    cloudformation: (request, environment) => {
      const form = new URLSearchParams(request.body.toString());
      return stacks && parseCloudFormationCall(form, environment, stacks.describe);
    },
    logs: (request, environment) => logs.parseCall(request, environment),
    monitoring: (request) => cloudWatch.parseCall(request),
    lambda: (request, environment) => {
      const permissions = lambdaPermissions(lambda, environment, request);
      if (!permissions) return undefined;
      return {
        operation: parseCall({ method: request.method, path: request.url })?.operation,
        permissions,
        handle: (response) => handleLambdaApi(lambda, { ...request, path: request.url }, response),
      };
    },
  };
}
