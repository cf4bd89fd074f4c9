import { URL_SUFFIX } from '../../environment.js';
import type { ApiDefinition, ApiKey, AuthorizerDefinition, Route, RouteAuthorization } from './definition.js';
import type { GatewayResponse } from './gateway-response.js';
import { mockResponse, templateOf } from './mock.js';

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

  /**
   * Returns the definition of the API with a stage.
   *
   * @param toLocal replaces addresses in the texts of responses
   * @param developerOf returns the context of callers without a token for the authorizer with a function
   */
  definition(stage: string, { apiKeys, basePaths, toLocal, developerOf }: DefinitionOptions): ApiDefinition {
    const authorizers = [...this.authorizers].flatMap(([id, properties]) => {
      const definition = toAuthorizer(properties, developerOf);
      return definition ? [[id, definition] as const] : [];
    });
    const responses = [...this.gatewayResponses.values()].map((each) => toGatewayResponse(localized(each, toLocal)));
    return {
      apiId: this.id,
      stage,
      routes: [...this.methods.values()].flatMap((method) => this.toRoute(method, stage, toLocal)),
      stageVariables: this.stages.get(stage)?.Variables,
      basePaths,
      executeApiDisabled: String(this.properties.DisableExecuteApiEndpoint) === 'true',
      binaryMediaTypes: this.properties.BinaryMediaTypes,
      authorizers: Object.fromEntries(authorizers),
      gatewayResponses: Object.fromEntries(responses),
      apiKeys,
    };
  }

  /** Returns the path of a resource, `/` for the root. */
  path(resourceId: string): string {
    const resource = this.resources.get(resourceId);
    if (!resource) return resourceId === this.rootResourceId ? '/' : '';
    return `${this.path(resource.parentId).replace(/\/$/, '')}/${resource.pathPart}`;
  }

  private toRoute(method: Properties, stage: string, toLocal: (text: string) => string): Route[] {
    const {
      HttpMethod,
      ResourceId,
      Integration = {},
      AuthorizationType = 'NONE',
      AuthorizerId,
      ApiKeyRequired,
      AuthorizationScopes,
    } = method;
    const functionArn = functionOf(Integration.Uri);
    const mock = Integration.Type === 'MOCK' ? mockResponse(localized(Integration, toLocal)) : undefined;
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
        authorization: {
          type: AuthorizationType,
          authorizerId: AuthorizerId,
          scopes: AuthorizationScopes,
        } as RouteAuthorization,
        apiKeyRequired: Boolean(ApiKeyRequired),
        ...(throttle && { throttle }),
      },
    ];
  }
}

interface DefinitionOptions {
  readonly apiKeys: readonly ApiKey[];
  readonly basePaths: readonly string[];
  readonly toLocal: (text: string) => string;
  readonly developerOf: (functionArn: string) => Readonly<Record<string, string>> | undefined;
}

/** Replaces the addresses in all texts of a property value. */
function localized(properties: Properties, toLocal: (text: string) => string): Properties {
  return JSON.parse(JSON.stringify(properties), (_, value) => (typeof value === 'string' ? toLocal(value) : value));
}

/** Extracts the function from the URI of an integration or authorizer: `…:lambda:path/2015-03-31/functions/<ARN>/invocations`. */
export function functionOf(uri: unknown): string | undefined {
  return /:path\/[^/]+\/functions\/([^/]+)\/(?:response-streaming-)?invocations$/.exec(String(uri))?.[1];
}

const RESPONSE_HEADER = 'gatewayresponse.header.';

function toGatewayResponse(properties: Properties): [type: string, response: GatewayResponse] {
  const { ResponseType, StatusCode, ResponseParameters = {}, ResponseTemplates = {} } = properties;
  const headers = Object.entries(ResponseParameters)
    .filter(([name]) => name.startsWith(RESPONSE_HEADER))
    .map(([name, value]) => [name.slice(RESPONSE_HEADER.length), String(value)] as const);
  return [
    ResponseType,
    {
      ...(StatusCode && { statusCode: Number(StatusCode) }),
      headers: Object.fromEntries(headers),
      template: templateOf(ResponseTemplates),
    },
  ];
}

function toAuthorizer(
  properties: Properties,
  developerOf: DefinitionOptions['developerOf'],
): AuthorizerDefinition | undefined {
  const { Type, IdentitySource: identitySource, ProviderARNs = [] } = properties;
  if (Type === 'COGNITO_USER_POOLS') {
    return { type: Type, identitySource, issuers: (ProviderARNs as string[]).map(userPoolIssuer) };
  }
  const functionArn = functionOf(properties.AuthorizerUri);
  if (!functionArn) return undefined;
  return {
    type: Type,
    functionArn,
    identitySource,
    identityValidationExpression: properties.IdentityValidationExpression,
    ttlSeconds: Number(properties.AuthorizerResultTtlInSeconds ?? DEFAULT_AUTHORIZER_TTL),
    developer: developerOf(functionArn),
  };
}

/** Returns the issuer of a Cognito user pool by its ARN. */
export function userPoolIssuer(arn: string): string {
  const [, , , region, , resource = ''] = arn.split(':');
  return `https://cognito-idp.${region}.${URL_SUFFIX}/${resource.replace(/^userpool\//, '')}`;
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
