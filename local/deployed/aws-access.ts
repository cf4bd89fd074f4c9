import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { credentialChain } from '../connect/signer.js';
import type { SigningOptions } from '../request-signer.js';
import type { RunningRunner } from '../state/running.js';
import { Failure } from './failure.js';

/** Time limits of AWS calls, in milliseconds. */
const CONNECT_MS = 5_000;
const REQUEST_MS = 20_000;

/** Clients of the AWS services that the commands call, for one region and one user. */
export class AwsAccess {
  private readonly config;
  private readonly clients = new Map<unknown, { destroy(): void }>();

  private constructor(
    readonly region: string,
    readonly credentials: SigningOptions['credentials'],
    endpoint: string | undefined,
    profile: string | undefined,
  ) {
    this.config = {
      region,
      credentials,
      ...(endpoint && { endpoint }),
      ...(profile && { profile }),
      requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS },
    };
  }

  /** The services of a local runner. */
  static ofRunner({ region, awsEndpointUrl, admin }: RunningRunner): AwsAccess {
    return new AwsAccess(region, async () => admin, awsEndpointUrl, undefined);
  }

  /**
   * The services on AWS, or those of `AWS_ENDPOINT_URL`.
   * @throws Failure if the region is unknown
   */
  static async create(
    { region, profile }: { region?: string; profile?: string },
    endpoint?: string,
  ): Promise<AwsAccess> {
    const given = region ?? (await configuredRegion(profile));
    return new AwsAccess(given, credentialChain(given, profile ? { profile } : {}), endpoint, profile);
  }

  get cloudFormation() {
    return this.client(CloudFormationClient);
  }

  get cloudWatch() {
    return this.client(CloudWatchClient);
  }

  get logs() {
    return this.client(CloudWatchLogsClient);
  }

  get dynamoDb() {
    return this.client(DynamoDBClient);
  }

  get lambda() {
    return this.client(LambdaClient);
  }

  get sqs() {
    return this.client(SQSClient);
  }

  private client<T extends { destroy(): void }>(Client: new (config: typeof this.config) => T): T {
    const existing = this.clients.get(Client) as T | undefined;
    const client = existing ?? new Client(this.config);
    this.clients.set(Client, client);
    return client;
  }
}

/** Returns the region of the environment or of the profile. */
async function configuredRegion(profile: string | undefined): Promise<string> {
  const client = new CloudFormationClient(profile ? { profile } : {});
  try {
    return await client.config.region();
  } catch {
    throw new Failure('cannot determine the AWS region', ['pass --region, or set AWS_REGION']);
  } finally {
    client.destroy();
  }
}
