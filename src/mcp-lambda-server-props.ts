import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { McpAuth } from './auth';
import type { McpIcon } from './icon';

/** What a server is like. Every property has a default. */
export interface McpLambdaServerProps {
  /**
   * The server's name: clients see it, metrics carry it, and functions opt in with it to be registered at run time (their tag
   * `mcp-server`). 1 to 64 of the characters `A-Z a-z 0-9 _ . -`. A token, such as a parameter of the stack, is not checked.
   *
   * @default - a name made from the construct's path
   */
  readonly serverName?: string;

  /**
   * The version of the server that clients are told: 1 to 64 characters.
   *
   * @default '1.0.0'
   */
  readonly serverVersion?: string;

  /**
   * A name for people to read.
   *
   * @default - clients show the server's name
   */
  readonly title?: string;

  /**
   * What the server is good for and how its tools belong together, for the model to read. It travels in the functions'
   * environment, of which Lambda allows 4 KB: together with icons, tags and origins it may take 3,000 bytes.
   *
   * @default - none
   */
  readonly instructions?: string;

  /**
   * Pictures that clients may show, at most 16 (a limit of this library).
   *
   * @default - none
   */
  readonly icons?: McpIcon[];

  /**
   * Who may connect as a client.
   *
   * @default McpAuth.iam()
   */
  readonly auth?: McpAuth;

  /**
   * Who may use the Registration API. Neither `McpAuth.none()` nor `McpAuth.apiKey()` will do: whoever may register
   * functions can have the server invoke them.
   *
   * @default McpAuth.iam()
   */
  readonly registrationAuth?: McpAuth;

  /**
   * The functions that the Registration API may register, as ARNs in which `*` stands for anything, such as
   * `arn:aws:lambda:us-east-1:111122223333:function:orders-*`. What infrastructure code declares needs no place in this list.
   *
   * @default - the functions of this account and region whose owner tagged them `mcp-server` = server name
   */
  readonly registrableFunctions?: string[];

  /**
   * Origins whose pages may call the server from a browser, such as `https://inspector.example.com`, besides the
   * server's own. Requests without an `Origin` header, as programs send them, are not concerned.
   *
   * @default - none
   */
  readonly allowedOrigins?: string[];

  /**
   * The network of the server's functions, all but the one that answers CloudFormation. From its subnets they must reach DynamoDB, SQS
   * and Lambda: through a NAT gateway, or through VPC endpoints (`dynamodb` as gateway; `sqs` and `lambda` as interfaces).
   *
   * @default - no VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of `vpc` to take.
   *
   * @default - the VPC's private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the functions in `vpc`.
   *
   * @default - one is made which lets the functions talk to each other and to anybody outside
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * The key that encrypts tables, log group and session queues. Its policy is extended for CloudWatch Logs where this app owns it.
   *
   * @default - keys that AWS owns
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What becomes of the registry table and the log group when the server is removed. The session table is always removed with it.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * A registry table to adopt, such as one that a removed server left: partition key `type`, sort key `name`, both strings. Two
   * servers must not share one.
   *
   * @default - one is made, with point-in-time recovery
   */
  readonly registryTable?: dynamodb.ITable;

  /**
   * A bucket for results over 6 MB, the most that Lambda and API Gateway carry. Only functions with `McpInvokeMode.STREAM` can answer that much;
   * what a buffered function returns beyond 6 MB is lost, bucket or not. Such a result goes below `mcp-results/`, encrypted as the bucket
   * is, and the client gets a `resource_link`: an address that is good for 15 minutes, for whoever has it. One result may have up to an
   * eighth of `memorySize`. Nothing is deleted: give the bucket a lifecycle rule that expires `mcp-results/` after a day. In a `vpc` it
   * takes a way to S3, such as the gateway endpoint `s3`.
   *
   * @default - results over 6 MB are errors
   */
  readonly resultBucket?: s3.IBucket;

  /**
   * The log group of all functions of the server.
   *
   * @default - one is made, which keeps logs for a month
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * Memory of the functions that speak MCP, in MiB: 128 to 10,240 (Lambda's limits). Lambda gives processor time in proportion: with 512 MiB
   * a first request is answered within a second, and fifteen minutes of an SSE session cost 0.006 USD (arm64, us-east-1).
   *
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * The processor of the functions.
   *
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * Whether API and functions send traces to X-Ray.
   *
   * @default lambda.Tracing.DISABLED
   */
  readonly tracing?: lambda.Tracing;

  /**
   * Whether clients of protocol revision 2024-11-05 (HTTP+SSE) are served too, at `/sse`. Each of their sessions is a running function.
   *
   * @default true
   */
  readonly legacySse?: boolean;

  /**
   * How many SSE sessions may be open at once: 1 to 10,000 sessions (this library's limits). The next client is told to try later (503).
   * Each session is a running function, of which an account has 1,000 by default (Lambda's quota): 50 that never end cost about
   * 880 USD a month at 512 MiB (arm64, us-east-1).
   *
   * @default 50
   */
  readonly maxSessions?: number;

  /**
   * How long an SSE session may last, after which its client opens another one: whole seconds, 1 to 14 minutes (Lambda's 15, less one
   * to end in good order).
   *
   * @default Duration.minutes(14)
   */
  readonly maxSessionDuration?: Duration;

  /**
   * After how long without a message from its client an SSE session is ended: whole seconds, 30 to 840 (14 minutes, the longest that
   * Lambda lets a session last).
   *
   * @default Duration.minutes(5)
   */
  readonly sessionIdleTimeout?: Duration;

  /**
   * Whether the 2025 clients of `/mcp` get sessions, without which they cannot be asked for anything (elicitation, sampling,
   * roots) and cannot set a log level. A session is an item of a table, not a running function. Turn them on for functions
   * that ask the client and are registered at run time, or by another app.
   *
   * @default - on when a registration that this app declares has `asksClient`
   */
  readonly sessions?: boolean;

  /**
   * Whether tools may run as tasks (the protocol's extension `io.modelcontextprotocol/tasks`), for the 2026-07-28 clients that take
   * them: a function more, which runs as long as a task does. Turn it on for tools with `taskSupport` that are registered at
   * run time, or by another app, and for functions that ask to be called again in the background.
   *
   * @default - on when a tool that this app declares has `taskSupport`
   */
  readonly tasks?: boolean;

  /**
   * For how long a task and its result can be asked for, counted from its creation: whole seconds, 1 minute to 366 days (this library's
   * limits). A task that is still at work then is given up.
   *
   * @default Duration.days(1)
   */
  readonly taskRetention?: Duration;

  /**
   * Whether clients of `/mcp` can listen for changes of lists and resources, and those of `/sse` for changes of resources (they hear
   * of lists anyway). Each listener on `/mcp` is a running function. 2025 clients listen within sessions, which are on then unless `sessions` is
   * false. Updates of resources are published by whomever `grantNotify()` lets.
   *
   * @default false
   */
  readonly notifications?: boolean;

  /**
   * How many clients may listen on `/mcp` at once: 1 to 10,000 listeners (this library's limits). The next one is told to try later (503).
   * Each listener is a running function, of which an account has 1,000 by default (Lambda's quota): 50 that never end cost about
   * 880 USD a month at 512 MiB (arm64, us-east-1).
   *
   * @default 50
   */
  readonly maxListeners?: number;

  /**
   * After how long a listener's stream is ended: whole seconds, 1 to 14 minutes (Lambda's 15, less one to end in good order). Clients of
   * the 2025 revisions come back by themselves, and hear what they missed. API Gateway does not tell a function that its client hung up,
   * so this is also how long one may run for nobody.
   *
   * @default Duration.minutes(14)
   */
  readonly maxListenerDuration?: Duration;

  /**
   * How many requests per second the API takes in the long run, of all clients together: 1 to 10,000 requests per second (API Gateway's
   * default quota). The rest is told to slow down (429).
   *
   * @default 100
   */
  readonly throttlingRateLimit?: number;

  /**
   * How many requests the API takes at once: 1 to 5,000 requests (API Gateway's default quota).
   *
   * @default 200
   */
  readonly throttlingBurstLimit?: number;

  /**
   * Where API Gateway logs requests. With a log group, the account needs a role (once for all its APIs, `apigateway.CfnAccount`) that lets API
   * Gateway write logs.
   *
   * @default - nowhere; the functions log what they do
   */
  readonly accessLogDestination?: apigateway.IAccessLogDestination;
}

/** What identifies a server that another app, or another part of this one, defines. */
export interface McpLambdaServerAttributes {
  /** The server's name: the property `serverName` of its construct. */
  readonly serverName: string;

  /** Id of the server's API Gateway API: the property `restApiId` of its construct, and the first part of its addresses. */
  readonly restApiId: string;

  /** ARN of the function that registers what infrastructure code declares: the property `registrationProviderArn` of the construct. */
  readonly registrationProviderArn: string;

  /** ARN of the role that invokes the registered functions: the property `runtimeRoleArn` of the construct. */
  readonly runtimeRoleArn: string;

  /**
   * Whether the server has the HTTP+SSE routes, `/sse` and `/message`.
   *
   * @default true
   */
  readonly legacySse?: boolean;

  /**
   * The security groups of the server's functions.
   *
   * @default - none; `connections` has no effect
   */
  readonly securityGroups?: ec2.ISecurityGroup[];
}
