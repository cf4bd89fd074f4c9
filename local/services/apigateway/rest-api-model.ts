import type { ApiDefinition, ApiKey, AuthorizerDefinition, Route, RouteAuthorization } from './definition.js';
import type { GatewayResponse } from './gateway-error.js';

/** API Gateway's default integration timeout, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 29_000;
/** API Gateway's default authorizer cache TTL, in seconds. */
const DEFAULT_AUTHORIZER_TTL = 300;

type Properties = Readonly<Record<string, any>>;

/** The resources of one REST API, by physical id. */
export class RestApiModel {
  readonly resources = new Map<string, { parentId: string; pathPart: string }>();
  readonly methods = new Map<string, Properties>();
  readonly authorizers = new Map<string, Properties>();
  readonly gatewayResponses = new Map<string, Properties>();
  readonly stages = new Map<string, Properties>();

  constructor(
    readonly id: string,
    readonly rootResourceId: string,
    public properties: Properties,
  ) {}

  /** Returns the definition of the API with a stage. */
  definition(stage: string, apiKeys: readonly ApiKey[]): ApiDefinition {
    const authorizers = [...this.authorizers].flatMap(([id, properties]) => {
      const definition = toAuthorizer(properties);
      return definition ? [[id, definition] as const] : [];
    });
    return {
      apiId: this.id,
      stage,
      routes: [...this.methods.values()].flatMap((method) => this.toRoute(method, stage)),
      binaryMediaTypes: this.properties.BinaryMediaTypes,
      authorizers: Object.fromEntries(authorizers),
      gatewayResponses: Object.fromEntries([...this.gatewayResponses.values()].map(toGatewayResponse)),
      apiKeys,
    };
  }

  /** Returns the path of a resource, `/` for the root. */
  path(resourceId: string): string {
    const resource = this.resources.get(resourceId);
    if (!resource) return resourceId === this.rootResourceId ? '/' : '';
    return `${this.path(resource.parentId).replace(/\/$/, '')}/${resource.pathPart}`;
  }

  private toRoute(method: Properties, stage: string): Route[] {
    const {
      HttpMethod,
      ResourceId,
      Integration = {},
      AuthorizationType = 'NONE',
      AuthorizerId,
      ApiKeyRequired,
    } = method;
    const functionArn = functionOf(Integration.Uri);
    const mock = Integration.Type === 'MOCK' ? mockResponse(Integration.IntegrationResponses) : undefined;
    if (!mock && (Integration.Type !== 'AWS_PROXY' || !functionArn)) return [];
    const resourcePath = this.path(ResourceId);
    const throttle = throttleOf(this.stages.get(stage), resourcePath, HttpMethod);
    return [
      {
        resourcePath,
        method: HttpMethod,
        functionArn: functionArn ?? '',
        ...(mock && { mock }),
        transferMode: Integration.ResponseTransferMode ?? 'BUFFERED',
        timeoutMs: Number(Integration.TimeoutInMillis ?? DEFAULT_TIMEOUT_MS),
        authorization: { type: AuthorizationType, authorizerId: AuthorizerId } as RouteAuthorization,
        apiKeyRequired: Boolean(ApiKeyRequired),
        ...(throttle && { throttle }),
      },
    ];
  }
}

/** Returns the response of a MOCK integration, such as a CORS preflight: status and static headers. */
function mockResponse(responses: readonly Properties[] = []): Route['mock'] {
  const { StatusCode = 200, ResponseParameters = {} } = responses.find((each) => !each.SelectionPattern) ?? {};
  const headers = Object.entries(ResponseParameters).flatMap(([name, value]) => {
    const [, header] = /^method\.response\.header\.(.+)$/.exec(name) ?? [];
    const [, text] = /^'(.*)'$/.exec(String(value)) ?? [];
    return header !== undefined && text !== undefined ? [[header, text] as const] : [];
  });
  return { statusCode: Number(StatusCode), headers: Object.fromEntries(headers) };
}

/** Extracts the function from the URI of an integration or authorizer: `…:lambda:path/2015-03-31/functions/<ARN>/invocations`. */
function functionOf(uri: unknown): string | undefined {
  return /:path\/[^/]+\/functions\/([^/]+)\/(?:response-streaming-)?invocations$/.exec(String(uri))?.[1];
}

const RESPONSE_HEADER = 'gatewayresponse.header.';

function toGatewayResponse(properties: Properties): [type: string, response: GatewayResponse] {
  const { ResponseType, StatusCode, ResponseParameters = {}, ResponseTemplates = {} } = properties;
  const headers = Object.entries(ResponseParameters).flatMap(([name, value]) =>
    name.startsWith(RESPONSE_HEADER)
      ? [[name.slice(RESPONSE_HEADER.length), String(value).replace(/^'|'$/g, '')] as const]
      : [],
  );
  return [
    ResponseType,
    {
      ...(StatusCode && { statusCode: Number(StatusCode) }),
      headers: Object.fromEntries(headers),
      template: ResponseTemplates['application/json'],
    },
  ];
}

function toAuthorizer(properties: Properties): AuthorizerDefinition | undefined {
  const functionArn = functionOf(properties.AuthorizerUri);
  if (!functionArn) return undefined;
  return {
    type: properties.Type,
    functionArn,
    identitySource: properties.IdentitySource,
    identityValidationExpression: properties.IdentityValidationExpression,
    ttlSeconds: Number(properties.AuthorizerResultTtlInSeconds ?? DEFAULT_AUTHORIZER_TTL),
  };
}

/** Returns the throttling limits of a method: from its own method settings, or those for all methods (`/*`, `*`). */
function throttleOf(stage: Properties | undefined, resourcePath: string, httpMethod: string): Route['throttle'] {
  const settings: Properties[] = stage?.MethodSettings ?? [];
  const own = settings.find(
    (setting) => setting.ResourcePath === escapedPath(resourcePath) && setting.HttpMethod === httpMethod,
  );
  const found = own ?? settings.find((setting) => setting.ResourcePath === '/*' && setting.HttpMethod === '*');
  if (found?.ThrottlingRateLimit === undefined) return undefined;
  const rateLimit = Number(found.ThrottlingRateLimit);
  return { rateLimit, burstLimit: Number(found.ThrottlingBurstLimit ?? rateLimit) };
}

/** Escapes a path for method settings: `/~1a~1b`. */
function escapedPath(path: string): string {
  return `/${path.replaceAll('/', '~1')}`;
}
