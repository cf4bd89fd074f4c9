import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { McpAuthConfig } from '../../auth';
import { AUTHORIZER_CONTEXT } from '../oauth';
import { STAGE_NAME } from './rest-api-reference';

/** API Gateway's maximum duration of a streamed response; the default is 29 seconds. */
const STREAM_TIMEOUT = Duration.minutes(15);

/** Properties of the API. */
export interface ApiProps {
  readonly serverName: string;
  /** The steady-state rate limit, in requests per second. */
  readonly rateLimit: number;
  /** The burst limit, in requests. */
  readonly burstLimit: number;
  readonly tracing: lambda.Tracing;
  readonly accessLogDestination?: apigateway.IAccessLogDestination;
  readonly endpointConfiguration: apigateway.EndpointConfiguration;
  readonly policy?: iam.PolicyDocument;
  readonly disableExecuteApiEndpoint?: boolean;
}

/** Properties of a route. */
export interface RouteProps {
  readonly path: string;
  readonly handler: lambda.IFunction;
  /** Whether the response is streamed. */
  readonly streams: boolean;
  readonly auth: McpAuthConfig;
  /** Whether web pages of other origins may call the route; their preflight requests have no credentials. */
  readonly preflight: boolean;
}

/** Defines the API and its stage. */
export function defineApi(scope: Construct, props: ApiProps): apigateway.RestApi {
  const api = new apigateway.RestApi(scope, 'Api', {
    restApiName: props.serverName,
    description: `MCP server ${props.serverName}`,
    endpointConfiguration: props.endpointConfiguration,
    policy: props.policy,
    disableExecuteApiEndpoint: props.disableExecuteApiEndpoint,
    cloudWatchRole: false, // that role is a setting of the account
    deployOptions: {
      stageName: STAGE_NAME,
      throttlingRateLimit: props.rateLimit,
      throttlingBurstLimit: props.burstLimit,
      tracingEnabled: props.tracing === lambda.Tracing.ACTIVE,
      accessLogDestination: props.accessLogDestination,
      accessLogFormat: props.accessLogDestination && accessLogFormat(),
    },
  });
  api.node.tryRemoveChild('Endpoint'); // the server defines its own outputs
  return api;
}

/** The access log: the caller, without query strings, which contain session ids. */
function accessLogFormat(): apigateway.AccessLogFormat {
  const field = apigateway.AccessLogField;
  return apigateway.AccessLogFormat.custom(
    JSON.stringify({
      requestId: field.contextRequestId(),
      ip: field.contextIdentitySourceIp(),
      caller: field.contextIdentityCaller(),
      user: field.contextIdentityUser(),
      principal: field.contextAuthorizerPrincipalId(),
      client: field.contextAuthorizer(AUTHORIZER_CONTEXT.CLIENT_ID),
      requestTime: field.contextRequestTime(),
      httpMethod: field.contextHttpMethod(),
      resourcePath: field.contextResourcePath(),
      status: field.contextStatus(),
      protocol: field.contextProtocol(),
      responseLength: field.contextResponseLength(),
    }),
  );
}

/** The response for a request whose function did not respond. The function may have received it. */
const noResponse = (reason: string) => ({
  'application/json': `{"message":"${reason}; the call may have run","requestId":"$context.requestId"}`,
});

/**
 * Defines the responses that API Gateway sends itself.
 *
 * @param cors whether web pages of other origins may call the API. A gateway response cannot match a list of origins, so that its header is
 * `*`, which browsers accept for requests without credentials
 */
export function addGatewayResponses(api: apigateway.RestApi, cors: boolean): void {
  const responseHeaders = cors ? { 'Access-Control-Allow-Origin': "'*'" } : undefined;
  api.addGatewayResponse('IntegrationFailure', {
    type: apigateway.ResponseType.INTEGRATION_FAILURE,
    // without Retry-After: only some of these failures are throttling, after which a retry is safe
    statusCode: '503',
    templates: noResponse('the server is not available, or did not respond'),
    responseHeaders,
  });
  api.addGatewayResponse('IntegrationTimeout', {
    type: apigateway.ResponseType.INTEGRATION_TIMEOUT,
    statusCode: '504',
    templates: noResponse('the server did not respond in time'),
    responseHeaders,
  });
  if (!cors) return;
  api.addGatewayResponse('Default4xx', { type: apigateway.ResponseType.DEFAULT_4XX, responseHeaders });
  api.addGatewayResponse('Default5xx', { type: apigateway.ResponseType.DEFAULT_5XX, responseHeaders });
}

/** Adds a route for all methods: the function returns 405 for those that it does not support, where API Gateway would return 403. */
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
