import type { DynamoDbService } from '../services/dynamodb/service.js';
import type { IamService } from '../services/iam/service.js';
import type { LambdaService } from '../services/lambda/service.js';
import type { S3Service } from '../services/s3/service.js';
import type { SqsService } from '../services/sqs/service.js';
import type { RestApis } from './apigateway/rest-apis.js';
import type { CustomResources } from './custom-resources.js';
import type { Schedules } from './schedules.js';

/** What runs, for the resource types to set up. */
export interface Services {
  readonly lambda: LambdaService;
  readonly iam: IamService;
  readonly dynamoDb: DynamoDbService;
  readonly sqs: SqsService;
  readonly s3: S3Service;
  readonly restApis: RestApis;
  readonly customResources: CustomResources;
  readonly schedules: Schedules;
  /** Number of the newest version of each function that has any. */
  readonly versions: Map<string, number>;
  /** Folders that archives have been unpacked to, by archive. */
  readonly archives: Map<string, string>;
  /** `AWS_ENDPOINT_URL` of the functions. */
  readonly awsEndpointUrl: string;
  /** Directory for code that is written or unpacked, removed when the runner ends. */
  readonly workDir: string;
  /** A `node_modules` directory that gives `@aws-sdk/*` to functions which leave it to the runtime. */
  readonly nodeModules?: string;
  /** Something the developer should know, said once. */
  warn(text: string): void;
}
