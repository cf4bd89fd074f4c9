import { Annotations, Duration, Fn, Stack } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct, IDependable } from 'constructs';
import { CORS, ENV, PATHS } from '../contract';
import type { DefinedEndpoint, EndpointTarget } from './endpoint';
import type { FunctionUrlAuth } from './function-url-auth';
import { FunctionUrlReference } from './function-url-reference';

const { GET, POST, PUT, DELETE } = lambda.HttpMethod;

/** Headers that web pages may send with signed requests. A function URL accepts no prefix, such as that of `Mcp-Param-*`. */
const REQUEST_HEADERS = [
  'accept',
  'authorization',
  'content-type',
  'if-match',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
  'traceparent',
  'tracestate',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
];

/** Defines the function URLs of a server. */
export function defineFunctionUrls(server: Construct, target: EndpointTarget): DefinedEndpoint {
  const { props, httpFunction, registrationFunction } = target;
  const auth = target.auth._functionUrlAuth()!; // functionUrlProps() rejects the others
  if (props.limits?.reservedConcurrency === undefined) {
    Annotations.of(server).addWarningV2(
      'cdk-mcp-lambda:functionUrlConcurrency',
      "a function URL has no rate limit: without reservedConcurrency, requests can use all concurrent executions of the account's quota, " +
        "1,000 by default, and throttle the account's other functions; set reservedConcurrency of McpEndpoint.functionUrl()",
    );
  }
  const clients = httpFunction.addFunctionUrl({
    authType: auth.authType,
    invokeMode: lambda.InvokeMode.RESPONSE_STREAM,
    // a function without IAM authorization receives preflight requests, and answers them
    cors:
      auth.authType === lambda.FunctionUrlAuthType.AWS_IAM
        ? corsFor(props.allowedOrigins, [GET, POST, DELETE])
        : undefined,
  });
  const registrars = registrationFunction.addFunctionUrl({
    authType: lambda.FunctionUrlAuthType.AWS_IAM,
    invokeMode: lambda.InvokeMode.BUFFERED,
    cors: corsFor(props.allowedOrigins, [GET, POST, PUT, DELETE]),
  });
  return new FunctionUrlEndpoint(server, auth, target, [clients, registrars]);
}

/** Lets web pages read responses. Lambda answers their preflight requests, which are not signed. */
function corsFor(
  allowedOrigins: string[] = [],
  allowedMethods: lambda.HttpMethod[],
): lambda.FunctionUrlCorsOptions | undefined {
  if (allowedOrigins.length === 0) return undefined;
  return {
    allowedOrigins,
    allowedMethods,
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: [...CORS.EXPOSED_HEADERS],
    maxAge: Duration.seconds(CORS.MAX_AGE_SECONDS),
  };
}

/** The origin of a function URL, which ends with a slash. */
function originOf({ url }: lambda.FunctionUrl): string {
  return `https://${Fn.select(2, Fn.split('/', url))}`;
}

/** The function URLs of a server that this app defines. */
class FunctionUrlEndpoint extends FunctionUrlReference implements DefinedEndpoint {
  public constructor(
    server: Construct,
    private readonly auth: FunctionUrlAuth,
    private readonly target: EndpointTarget,
    private readonly urls: readonly [clients: lambda.FunctionUrl, registrars: lambda.FunctionUrl],
  ) {
    const [clients, registrars] = urls;
    const { httpFunction, registrationFunction } = target;
    const registrationUrl = originOf(registrars) + PATHS.REGISTER;
    super(server, { url: originOf(clients), registrationUrl, httpFunction, registrationFunction });
  }

  public get api(): apigateway.RestApi {
    throw this.withoutRestApi('api');
  }

  public bindClients(scope: Construct): string {
    const tokens = this.auth.defineTokens?.(scope, this.url + PATHS.MCP);
    if (tokens) this.target.httpFunction.addEnvironment(ENV.OAUTH, Stack.of(scope).toJsonString(tokens));
    return this.auth.authorization;
  }

  public bindRegistrars(_scope: Construct): string {
    return lambda.FunctionUrlAuthType.AWS_IAM;
  }

  public addRoutes(): void {
    // the functions route requests by their paths
  }

  public dependOn(resource: IDependable): void {
    for (const url of this.urls) url.node.addDependency(resource);
  }

  public acknowledgeNagFindings(): void {
    // none
  }
}
