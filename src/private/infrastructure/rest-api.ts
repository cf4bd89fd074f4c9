import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { McpAuthConfig } from '../../auth';

/** The one stage; its name is part of every address, so it never changes. */
export const STAGE_NAME = 'prod';

/** API Gateway's limit on a streamed response; its default is 29 seconds. */
const STREAM_TIMEOUT = Duration.minutes(15);

/** What can be said of the API as a whole. */
export interface ApiProps {
  readonly serverName: string;
  /** Requests per second, in the long run. */
  readonly rateLimit: number;
  /** Requests at once. */
  readonly burstLimit: number;
  readonly tracing: lambda.Tracing;
  readonly accessLogDestination?: apigateway.IAccessLogDestination;
}

/** One path of the front door. */
export interface RouteProps {
  readonly path: string;
  readonly handler: lambda.IFunction;
  /** Whether the response leaves while it is being written. */
  readonly streams: boolean;
  readonly auth: McpAuthConfig;
  /** Whether pages of other origins may call: browsers then ask first, without credentials. */
  readonly preflight: boolean;
}

/** The API and its stage: regional, for an edge endpoint cuts a stream that is silent for 30 seconds. */
export function defineApi(scope: Construct, props: ApiProps): apigateway.RestApi {
  const api = new apigateway.RestApi(scope, 'Api', {
    restApiName: props.serverName,
    description: `MCP server ${props.serverName}`,
    endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
    cloudWatchRole: false, // a setting of the whole account, not ours to change
    deployOptions: {
      stageName: STAGE_NAME,
      throttlingRateLimit: props.rateLimit,
      throttlingBurstLimit: props.burstLimit,
      tracingEnabled: props.tracing === lambda.Tracing.ACTIVE,
      accessLogDestination: props.accessLogDestination,
      // paths without query strings: a session id is a secret
      accessLogFormat: props.accessLogDestination && apigateway.AccessLogFormat.jsonWithStandardFields(),
    },
  });
  api.node.tryRemoveChild('Endpoint'); // the server has outputs of its own
  return api;
}

/** A path, for whatever method: the function answers 405 itself, where API Gateway would say 403. */
export function addRoute(api: apigateway.RestApi, props: RouteProps): void {
  const integration = new apigateway.LambdaIntegration(props.handler, {
    allowTestInvoke: false,
    ...(props.streams && {
      responseTransferMode: apigateway.ResponseTransferMode.STREAM,
      timeout: STREAM_TIMEOUT,
    }),
  });
  const resource = api.root.resourceForPath(props.path);
  resource.addMethod('ANY', integration, props.auth);
  if (props.preflight) {
    resource.addMethod('OPTIONS', integration, { authorizationType: apigateway.AuthorizationType.NONE });
  }
}
