import type { EmulatedServices } from './aws-endpoint/emulated.js';
import { MetricStore } from './cloudwatch/metric-store.js';
import { LogStore } from './cloudwatch-logs/log-store.js';
import { DynamoDbService } from './dynamodb/service.js';
import { EventBusService } from './eventbridge/put-events.js';
import { Fauxqs } from './fauxqs/server.js';
import type { LambdaService } from './lambda/service.js';
import { S3Service } from './s3/service.js';
import { SecretsManagerService } from './secretsmanager/service.js';
import { SnsService } from './sns/service.js';
import { SqsService } from './sqs/service.js';
import { SsmService } from './ssm/service.js';

/** Values that take precedence over those of the templates, by name. */
export interface GivenValues {
  readonly ssm: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

interface StartOptions {
  readonly lambda: LambdaService;
  readonly metrics?: MetricStore;
  readonly logs?: LogStore;
  readonly given?: GivenValues;
  /** URL of a DynamoDB server to use in place of the embedded one. */
  readonly dynamoDbUrl?: string;
  readonly onNotice: (message: string) => void;
}

/** Starts the services that functions call, with their embedded servers. */
export async function startServices({ lambda, metrics, logs, given, dynamoDbUrl, onNotice }: StartOptions) {
  const [dynamoDb, fauxqs] = await Promise.all([DynamoDbService.start(dynamoDbUrl), Fauxqs.start()]);
  const sqs = new SqsService(fauxqs);
  const services: EmulatedServices = {
    lambda,
    metrics: metrics ?? new MetricStore(),
    logs: logs ?? new LogStore(),
    dynamoDb,
    sqs,
    sns: new SnsService(fauxqs, sqs, onNotice),
    s3: new S3Service(fauxqs),
    ssm: new SsmService(given?.ssm),
    secretsManager: new SecretsManagerService(given?.secrets),
    eventBus: new EventBusService(onNotice),
  };
  return {
    ...services,
    /** Stops the embedded servers. */
    stopServers: async () => void (await Promise.all([dynamoDb.close(), fauxqs.close()])),
  };
}
