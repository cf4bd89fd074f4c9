import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct, IDependable } from 'constructs';
import type { McpAuth } from '../../auth';
import type { McpLambdaServerProps } from '../../mcp-lambda-server-props';
import type { LegacySse } from './legacy-sse';

/** Requests that an endpoint counts: all, and those with status 4xx or 5xx. */
export type RequestMetric = 'requests' | 'clientErrors' | 'serverErrors';

/** The endpoint of a server that this app defines or imports. */
export interface Endpoint {
  /** Base URL at which clients reach the server, without a trailing slash. */
  readonly url: string;
  /** The URL of the Registration API. */
  readonly registrationUrl: string;
  /** The ID of the REST API. @throws if the endpoint is a function URL */
  readonly restApiId: string;
  /** Allows a client to connect. */
  grantConnect(grantee: iam.IGrantable): iam.Grant;
  /** Allows all requests to the Registration API. */
  grantRegister(grantee: iam.IGrantable): iam.Grant;
  /** Allows the requests to the Registration API that change nothing. */
  grantReadRegistrations(grantee: iam.IGrantable): iam.Grant;
  /** Creates a metric of the requests. */
  metric(name: RequestMetric, options?: cloudwatch.MetricOptions): cloudwatch.Metric;
}

/** The endpoint of a server that this app defines. */
export interface DefinedEndpoint extends Endpoint {
  /** The REST API. @throws if the endpoint is a function URL */
  readonly api: apigateway.RestApi;
  /**
   * Defines the authorization of clients.
   *
   * @param scope the scope of its constructs
   * @returns the value of `ENV.AUTHORIZATION`
   */
  bindClients(scope: Construct): string;
  /** Defines the authorization of callers of the Registration API. */
  bindRegistrars(scope: Construct): string;
  /** Connects the routes with the functions, after the authorization is bound. */
  addRoutes(): void;
  /** Has requests begin after a resource is created, and end before it is deleted. */
  dependOn(resource: IDependable): void;
  /** Acknowledges the findings of cdk-nag that follow from the endpoint. */
  acknowledgeNagFindings(): void;
}

/** What an endpoint needs to know about its server. */
export interface EndpointTarget {
  readonly props: McpLambdaServerProps;
  /** The authorization of clients. */
  readonly auth: McpAuth;
  /** The authorization of callers of the Registration API. */
  readonly registrationAuth: McpAuth;
  readonly serverName: string;
  readonly tracing: lambda.Tracing;
  readonly httpFunction: lambda.Function;
  readonly registrationFunction: lambda.Function;
  /** The functions of HTTP+SSE; undefined without `legacySse`. */
  readonly sse?: LegacySse;
}
