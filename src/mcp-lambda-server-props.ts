import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { McpAccess } from './access';
import type { McpAuth } from './auth';
import type { McpEndpoint } from './endpoint';
import type { McpIcon } from './icon';
import type { McpLimits } from './limits';

/** Properties for `McpLambdaServer`. */
export interface McpLambdaServerProps {
  /**
   * The name of the server: 1 to 64 of the characters `A-Z a-z 0-9 _ . -`.
   *
   * Clients display it, and it is a dimension of the metrics. It is also the value of the opt-in tag `mcp-server`, by which the
   * owner of a function allows the server to register it by API. Tokens, such as stack parameters, are not validated.
   *
   * @default - a name generated from the construct path
   */
  readonly serverName?: string;

  /**
   * The version of the server, as reported to clients: 1 to 64 characters.
   *
   * @default '1.0.0'
   */
  readonly serverVersion?: string;

  /**
   * The display name of the server.
   *
   * @default - clients display the server name
   */
  readonly title?: string;

  /**
   * Instructions for the model: what the server is for, and how its tools work together.
   *
   * They are passed to the functions in environment variables, which Lambda limits to 4,096 bytes of JSON. Instructions, icons, tags and origins
   * may take about 2,500 bytes in total; a quotation mark in the instructions counts as 4.
   *
   * @default - no instructions
   */
  readonly instructions?: string;

  /**
   * Icons that clients may display, at most 16 (a limit of this library).
   *
   * @default - no icons
   */
  readonly icons?: McpIcon[];

  /**
   * The authorization of clients.
   *
   * @default McpAuth.iam()
   */
  readonly auth?: McpAuth;

  /**
   * Who may use the tools, resources, resource templates and prompts that have no `access` of their own.
   *
   * @default - all callers that `auth` accepts
   */
  readonly defaultAccess?: McpAccess;

  /**
   * The authorization of callers of the Registration API.
   *
   * `McpAuth.none()` and `McpAuth.apiKey()` are not allowed: a caller who can register functions can make the server invoke them. With
   * `McpEndpoint.functionUrl()`, only `McpAuth.iam()` is.
   *
   * @default McpAuth.iam()
   */
  readonly registrationAuth?: McpAuth;

  /**
   * The endpoint at which clients reach the server.
   *
   * @default McpEndpoint.restApi()
   */
  readonly endpoint?: McpEndpoint;

  /**
   * The base URL at which clients reach the server, without a trailing slash, if it is not that of `endpoint`: a base path mapping or a CDN
   * that you define.
   *
   * The URLs of the server, its metadata, and the audience of access tokens follow it. Requires a REST API.
   *
   * @default - the URL of `endpoint`
   */
  readonly publicUrl?: string;

  /**
   * The functions that the Registration API can register, as ARNs with `*` as a wildcard, such as
   * `arn:aws:lambda:us-east-1:111122223333:function:orders-*`.
   *
   * Does not apply to declared registrations. Within 15 minutes, the server removes its permission to invoke a function that stops being one of
   * them.
   *
   * @default - the functions of this account and region that their owner has tagged with `mcp-server` and the server name
   */
  readonly registrableFunctions?: string[];

  /**
   * The origins of web pages that may call the server from a browser, such as `https://inspector.example.com`.
   *
   * The origin of the server itself is always allowed. Requests without an `Origin` header, such as those of programs, are not restricted.
   *
   * @default - no other origins
   */
  readonly allowedOrigins?: string[];

  /**
   * The VPC to run the server functions in.
   *
   * The registration provider, which responds to CloudFormation, stays outside the VPC. The other functions must reach DynamoDB, SQS and
   * Lambda from their subnets: through a NAT gateway, or through VPC endpoints (gateway `dynamodb`, interfaces `sqs` and `lambda`). Requires a
   * REST API.
   *
   * @default - no VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of `vpc` to run the functions in. Requires a REST API.
   *
   * @default - the private subnets of the VPC
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the functions in `vpc`. Requires a REST API.
   *
   * @default - a new security group that allows traffic between the functions, and all outbound traffic
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * The KMS key that encrypts the tables, the log group and the session queues.
   *
   * If the key belongs to this app, CloudWatch Logs is added to its key policy.
   *
   * @default - keys owned by AWS
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The removal policy of the registry table and the log group. The session table is always deleted with the server.
   *
   * By default, they are retained when the server is deleted, but not when its first deployment fails. With `RemovalPolicy.RETAIN`, the
   * registry table also has deletion protection, so that it cannot be deleted by hand either.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * An existing registry table, such as the retained table of a deleted server.
   *
   * It must have the partition key `type` and the sort key `name`, both strings. Servers cannot share a registry table.
   *
   * @default - a new table with point-in-time recovery
   */
  readonly registryTable?: dynamodb.ITable;

  /**
   * The bucket for results over 6 MB, the most that Lambda and API Gateway can return.
   *
   * Only functions with `McpInvokeMode.RESPONSE_STREAM` can return such results. Beyond 6 MB, Lambda discards the response of a buffered function.
   * A result is stored below `mcp-results/` with the encryption of the bucket, and the client gets a `resource_link`: a URL that is valid
   * for 15 minutes and requires no credentials. One result may take up to an eighth of `memorySize`.
   *
   * Results are not deleted: add a lifecycle rule to the bucket that expires `mcp-results/` after a day. In a `vpc`, the functions
   * must reach S3, for example through the gateway endpoint `s3`.
   *
   * @default - results over 6 MB are errors
   */
  readonly resultBucket?: s3.IBucket;

  /**
   * The log group of all server functions.
   *
   * Its class must be `STANDARD` (the default): CloudWatch extracts no metrics from log groups of other classes.
   *
   * @default - a new log group that retains logs for one month
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * Whether audit records contain the arguments and results of calls, up to 16,384 characters of JSON each (a limit of this library).
   *
   * Audit records are lines of `logGroup`: one for each call and each change of a registration. They never contain access tokens or claims.
   *
   * @default false
   */
  readonly auditPayloads?: boolean;

  /**
   * The memory size of the functions that serve MCP, in MiB: 128 to 10,240 (Lambda's limits).
   *
   * Lambda allocates CPU in proportion to memory. With 512 MiB, a first request is answered within a second, and 15 minutes of an SSE session
   * cost 0.006 USD (arm64, us-east-1).
   *
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * The instruction set architecture of the functions.
   *
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * The X-Ray tracing mode of the API and the functions.
   *
   * With `ACTIVE` or `PASS_THROUGH`, handlers are invoked in the trace of the request: X-Ray's, and the W3C trace context that the client sends in
   * `_meta` or in the headers `traceparent` and `tracestate`. Without it, handlers receive the context in `_meta` only.
   *
   * @default lambda.Tracing.DISABLED
   */
  readonly tracing?: lambda.Tracing;

  /**
   * Whether to serve clients of protocol revision 2024-11-05 (HTTP+SSE), at `/sse`.
   *
   * A function runs for as long as such a session is open. Requires a REST API.
   *
   * @default - true, or false with `McpEndpoint.functionUrl()`
   */
  readonly legacySse?: boolean;

  /**
   * The limits of the server, for all callers together, and with them the shares of each caller.
   *
   * @default - the defaults of `McpLimits`
   */
  readonly limits?: McpLimits;

  /**
   * The maximum number of open SSE sessions, as `limits.sessions`: 1 to 10,000 sessions (limits of this library). Further clients get status 503.
   *
   * A function runs for as long as a session is open. An account can run 1,000 functions concurrently by default (Lambda's quota).
   * 50 permanent sessions cost about 880 USD a month at 512 MiB (arm64, us-east-1). Not accepted at a function URL, which has no SSE sessions.
   *
   * @default 50
   */
  readonly maxSessions?: number;

  /**
   * The maximum duration of an SSE session, in whole seconds: 1 to 14 minutes (Lambda's 15 minutes, less one to close the session).
   *
   * The client then opens another session. Not accepted at a function URL, which has no SSE sessions.
   *
   * @default Duration.minutes(14)
   */
  readonly maxSessionDuration?: Duration;

  /**
   * The time without a message from the client after which an SSE session is closed, in whole seconds: 30 seconds to 14 minutes
   * (the longest session that Lambda allows). Not accepted at a function URL, which has no SSE sessions.
   *
   * @default Duration.minutes(5)
   */
  readonly sessionIdleTimeout?: Duration;

  /**
   * Whether 2025 clients of `/mcp` get sessions.
   *
   * Elicitation, sampling, roots and log levels require a session for these clients. A session is an item in a table, not a running
   * function. Set this to true for functions with `asksClient` that are registered by API, or by another app.
   *
   * @default - true if a registration that this app declares has `asksClient`, or with `notifications`
   */
  readonly sessions?: boolean;

  /**
   * Whether tools can run as tasks (the MCP extension `io.modelcontextprotocol/tasks`), for 2026-07-28 clients that support it.
   *
   * Tasks require an additional function that runs for the duration of each task. Set this to true for tools with `taskSupport` that are
   * registered by API, or by another app, and for functions that continue in the background.
   *
   * @default - true if a tool that this app declares has `taskSupport`
   */
  readonly tasks?: boolean;

  /**
   * The time for which a task and its result are kept, from its creation, in whole seconds: 1 minute to 366 days (limits of this library).
   *
   * A task that is still running then is abandoned.
   *
   * @default Duration.days(1)
   */
  readonly taskRetention?: Duration;

  /**
   * Whether clients are notified of changes to resources and, on `/mcp`, to the lists of tools, resources and prompts.
   *
   * On `/sse`, clients are always notified of changes to the lists. A function runs for as long as a client listens on `/mcp`. 2025 clients
   * listen within sessions, which are then on unless `sessions` is false. Use `grantNotify()` to allow publishing resource updates.
   *
   * @default false
   */
  readonly notifications?: boolean;

  /**
   * The maximum number of clients that listen on `/mcp`, as `limits.listeners`: 1 to 10,000 listeners (limits of this library). Further clients
   * get status 503.
   *
   * A function runs for as long as a client listens. An account can run 1,000 functions concurrently by default (Lambda's quota).
   * 50 permanent listeners cost about 880 USD a month at 512 MiB (arm64, us-east-1).
   *
   * @default 50
   */
  readonly maxListeners?: number;

  /**
   * The maximum duration of a listener's stream, in whole seconds: 1 to 14 minutes (Lambda's 15 minutes, less one to close the stream).
   *
   * 2025 clients reconnect, and get the notifications that they missed. API Gateway does not tell a function that its client has
   * disconnected, so this also limits how long a function runs without a client.
   *
   * @default Duration.minutes(14)
   */
  readonly maxListenerDuration?: Duration;

  /**
   * Whether each tool has metrics of its own: `ToolCalls`, `ToolErrors` and `ToolDuration` with the dimension `Tool`.
   *
   * CloudWatch charges 0.30 USD a month for each metric with data (us-east-1): 150 tools that are called every hour cost about 135 USD. Set
   * this to true for dashboards that another app defines. The metrics of the server are always there.
   *
   * @default - true if this app reads a metric of a tool, such as `tool.metricErrors()`
   */
  readonly toolMetrics?: boolean;

  /**
   * The steady-state rate limit of the API, for all clients together: 1 to 10,000 requests per second (API Gateway's default quota).
   *
   * Requests beyond it get status 429. Requires a REST API.
   *
   * @default 100
   */
  readonly throttlingRateLimit?: number;

  /**
   * The burst limit of the API, for all clients together: 1 to 5,000 requests (API Gateway's default quota). Requires a REST API.
   *
   * @default 200
   */
  readonly throttlingBurstLimit?: number;

  /**
   * The destination of the access logs of the API.
   *
   * Requires a REST API. A log group requires a role that lets API Gateway write logs, set once for all APIs of the account
   * (`apigateway.CfnAccount`).
   *
   * @default - no access logs; the functions log requests
   */
  readonly accessLogDestination?: apigateway.IAccessLogDestination;
}

/** Attributes of a server that is defined elsewhere. */
export interface McpLambdaServerAttributes {
  /** The name of the server: the attribute `serverName` of its construct. */
  readonly serverName: string;

  /**
   * The ID of the REST API: the attribute `restApiId` of the construct, and the first part of the host name of the URLs.
   *
   * @default - the endpoint is a function URL, and `httpFunctionArn` is required
   */
  readonly restApiId?: string;

  /**
   * The unqualified ARN of the function that serves `/mcp`: the attribute `functionArn` of `httpFunction` of the construct. `mcpUrl` and
   * `registrationUrl` are required with it.
   *
   * @default - the endpoint is a REST API, and `restApiId` is required
   */
  readonly httpFunctionArn?: string;

  /**
   * The unqualified ARN of the function that serves `/register`: the attribute `functionArn` of `registrationFunction` of the construct.
   *
   * @default - `grantRegister()` is not available if the endpoint is a function URL
   */
  readonly registrationFunctionArn?: string;

  /**
   * The URL for clients that speak Streamable HTTP, which ends with `/mcp`: the attribute `mcpUrl` of the construct. `url` and `sseUrl` follow it.
   *
   * @default - the URL of the stage of the REST API, followed by `/mcp`; required with `httpFunctionArn`
   */
  readonly mcpUrl?: string;

  /**
   * The URL of the Registration API, which ends with `/register`: the attribute `registrationUrl` of the construct.
   *
   * @default - `url`, followed by `/register`; required with `httpFunctionArn`
   */
  readonly registrationUrl?: string;

  /**
   * Whether clients sign their requests with AWS credentials (`McpAuth.iam()`), so that `grantConnect()` has an effect.
   *
   * @default true
   */
  readonly iamAuth?: boolean;

  /** The ARN of the registration provider: the attribute `registrationProviderArn` of the construct. */
  readonly registrationProviderArn: string;

  /** The ARN of the role that invokes the handlers: the attribute `runtimeRoleArn` of the construct. */
  readonly runtimeRoleArn: string;

  /**
   * Whether the server has the HTTP+SSE routes, `/sse` and `/message`.
   *
   * @default - true if the endpoint is a REST API
   */
  readonly legacySse?: boolean;

  /**
   * The security groups of the server functions.
   *
   * @default - no security groups; `connections` has no effect
   */
  readonly securityGroups?: ec2.ISecurityGroup[];
}
