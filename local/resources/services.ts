import type { RestApis } from '../services/apigateway/rest-apis.js';
import type { CustomResources } from '../services/cloudformation/custom-resources.js';
import type { DynamoDbService } from '../services/dynamodb/service.js';
import type { Schedules } from '../services/eventbridge/schedules.js';
import type { IamService } from '../services/iam/service.js';
import type { LambdaService } from '../services/lambda/service.js';
import type { S3Service } from '../services/s3/service.js';
import type { SqsService } from '../services/sqs/service.js';

/** The emulated services, and state that resource types share. */
export interface Services {
  readonly lambda: LambdaService;
  readonly iam: IamService;
  readonly dynamoDb: DynamoDbService;
  readonly sqs: SqsService;
  readonly s3: S3Service;
  readonly restApis: RestApis;
  readonly customResources: CustomResources;
  readonly schedules: Schedules;
  /** Number of the newest version of each function with versions. */
  readonly versions: Map<string, number>;
  /** Directory of each layer version, by ARN. */
  readonly layers: Map<string, string>;
  /** Directories of extracted archives, by archive. */
  readonly archives: Map<string, string>;
  /** `AWS_ENDPOINT_URL` of the functions. */
  readonly awsEndpointUrl: string;
  /** Directory for generated and extracted code, removed when the runner stops. */
  readonly workDir: string;
  /** `node_modules` directory that provides `@aws-sdk/*` to functions which expect it in the runtime. */
  readonly nodeModules?: string;
  /** Shows a warning to the developer, once for each text. */
  warn(text: string): void;
}
