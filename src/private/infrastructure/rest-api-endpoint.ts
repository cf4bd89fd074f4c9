import { Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import type { Construct, IDependable } from 'constructs';
import type { McpAuth, McpAuthConfig } from '../../auth';
import type { McpDomainOptions, McpPrivateApiOptions, McpRestApiOptions } from '../../endpoint';
import { AUTHORIZATION, PATHS, TOOLSET_PARAMETER } from '../contract';
import { invalid } from '../errors';
import type { DefinedEndpoint, EndpointTarget } from './endpoint';
import { acknowledgeApiFindings } from './nag-findings';
import { type ApiProps, addGatewayResponses, addRoute, defineApi } from './rest-api';
import { RestApiReference } from './rest-api-reference';

/** The REST API of a server that this app defines. */
class RestApiEndpoint extends RestApiReference implements DefinedEndpoint {
  private clientAuth: McpAuthConfig = {};
  private registrationAuth: McpAuthConfig = {};

  public constructor(
    server: Construct,
    public readonly api: apigateway.RestApi,
    private readonly target: EndpointTarget,
    domainUrl?: string,
  ) {
    const { props, serverName, sse } = target;
    if (props.publicUrl !== undefined) checkPublicUrl(server, props.publicUrl, domainUrl !== undefined);
    super(server, {
      serverName,
      restApiId: api.restApiId,
      hasSse: sse !== undefined,
      publicUrl: props.publicUrl ?? domainUrl,
    });
  }

  public bindClients(scope: Construct): string {
    this.clientAuth = this.bind(scope, this.target.auth);
    return authorizationOf(this.clientAuth);
  }

  public bindRegistrars(scope: Construct): string {
    this.registrationAuth = this.bind(scope, this.target.registrationAuth);
    return authorizationOf(this.registrationAuth);
  }

  public addRoutes(): void {
    const { props, httpFunction, sse, registrationFunction } = this.target;
    const preflight = (props.allowedOrigins ?? []).length > 0;
    const forClients = { auth: this.clientAuth, preflight };
    // always: toolsets can be registered at run time
    for (const path of [PATHS.MCP, `${PATHS.MCP}/{${TOOLSET_PARAMETER}}`]) {
      addRoute(this.api, { path, handler: httpFunction, streams: true, ...forClients });
    }
    if (sse) {
      addRoute(this.api, { path: PATHS.SSE, handler: sse.sseFunction, streams: true, ...forClients });
      addRoute(this.api, { path: PATHS.MESSAGE, handler: sse.messageFunction, streams: false, ...forClients });
    }
    for (const path of [PATHS.REGISTER, `${PATHS.REGISTER}/{id}`]) {
      const route = { path, handler: registrationFunction, streams: false, preflight };
      addRoute(this.api, { ...route, auth: this.registrationAuth });
    }
    addGatewayResponses(this.api, preflight);
  }

  public dependOn(resource: IDependable): void {
    this.api.deploymentStage.node.addDependency(resource);
  }

  public acknowledgeNagFindings(): void {
    acknowledgeApiFindings(this.api, this.target.props.accessLogDestination !== undefined);
  }

  private bind(scope: Construct, auth: McpAuth): McpAuthConfig {
    const config = auth.bind(scope, { api: this.api, mcpUrl: this.url + PATHS.MCP });
    const { authorizer } = config;
    // without a type, API Gateway does not authorize callers, even with an authorizer
    const fallback = authorizer ? apigateway.AuthorizationType.CUSTOM : apigateway.AuthorizationType.NONE;
    return { ...config, authorizationType: config.authorizationType ?? authorizer?.authorizationType ?? fallback };
  }
}

/** The value of `ENV.AUTHORIZATION`. */
function authorizationOf({ authorizationType, apiKeyRequired }: McpAuthConfig): string {
  if (authorizationType !== apigateway.AuthorizationType.NONE) return authorizationType!;
  return apiKeyRequired ? AUTHORIZATION.API_KEY : AUTHORIZATION.NONE;
}

export function defineRegionalApi(
  scope: Construct,
  options: McpRestApiOptions,
  target: EndpointTarget,
): DefinedEndpoint {
  const { domain, webAclArn, resourcePolicy: policy } = options;
  if (domain) checkDomain(scope, domain);
  const api = defineApi(scope, {
    ...apiPropsOf(target),
    policy,
    // Regional: an edge-optimized endpoint closes a stream after 30 idle seconds
    endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
    // the metadata and the audience of tokens name one address only
    disableExecuteApiEndpoint: domain ? true : undefined,
  });
  if (webAclArn) protect(scope, api, webAclArn);
  return new RestApiEndpoint(scope, api, target, domain && addDomain(scope, api, domain));
}

export function definePrivateApi(
  scope: Construct,
  options: McpPrivateApiOptions,
  target: EndpointTarget,
): DefinedEndpoint {
  const { vpcEndpoints, webAclArn, resourcePolicy } = options;
  if (vpcEndpoints.length === 0) {
    throw invalid(
      scope,
      'endpoint: vpcEndpoints is empty, so that no client could reach the server; add a VPC endpoint',
    );
  }
  const api = defineApi(scope, {
    ...apiPropsOf(target),
    endpointConfiguration: { types: [apigateway.EndpointType.PRIVATE], vpcEndpoints },
    policy: resourcePolicy ?? allowOnly(vpcEndpoints.map(({ vpcEndpointId }) => vpcEndpointId)),
  });
  if (webAclArn) protect(scope, api, webAclArn);
  return new RestApiEndpoint(scope, api, target);
}

/** The settings of the API that do not depend on its kind. */
function apiPropsOf({ serverName, tracing, props }: EndpointTarget): Omit<ApiProps, 'endpointConfiguration'> {
  return {
    serverName,
    tracing,
    rateLimit: props.throttlingRateLimit ?? 100,
    burstLimit: props.throttlingBurstLimit ?? 200,
    accessLogDestination: props.accessLogDestination,
  };
}

/** A private API without a resource policy rejects all requests. */
function allowOnly(vpcEndpointIds: string[]): iam.PolicyDocument {
  return new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        principals: [new iam.AnyPrincipal()],
        actions: ['execute-api:Invoke'],
        resources: ['execute-api:/*'],
        conditions: { StringEquals: { 'aws:SourceVpce': vpcEndpointIds } },
      }),
    ],
  });
}

function protect(scope: Construct, api: apigateway.RestApi, webAclArn: string): void {
  new wafv2.CfnWebACLAssociation(scope, 'WebAcl', { resourceArn: api.deploymentStage.stageArn, webAclArn });
}

function checkDomain(scope: Construct, { domainName, endpointType, basePath }: McpDomainOptions): void {
  if (endpointType !== undefined && endpointType !== apigateway.EndpointType.REGIONAL) {
    throw invalid(
      scope,
      `endpoint: the domain has the type ${endpointType}, which cannot stream; use EndpointType.REGIONAL`,
    );
  }
  if (!Token.isUnresolved(domainName) && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domainName)) {
    throw invalid(scope, `endpoint: '${domainName}' is not a domain name; use lower case, such as mcp.example.com`);
  }
  if (basePath !== undefined) {
    throw invalid(
      scope,
      `endpoint: basePath '${basePath}' is not supported: URLs are below the domain; map the domain yourself, and set publicUrl`,
    );
  }
}

function addDomain(scope: Construct, api: apigateway.RestApi, options: McpDomainOptions): string {
  const { hostedZone, ...domainOptions } = options;
  const domain = api.addDomainName('Domain', {
    endpointType: apigateway.EndpointType.REGIONAL,
    securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
    ...domainOptions,
  });
  if (hostedZone) {
    const target = route53.RecordTarget.fromAlias(new targets.ApiGatewayDomain(domain));
    const props = { zone: hostedZone, recordName: `${options.domainName}.`, target };
    new route53.ARecord(scope, 'Record', props);
    new route53.AaaaRecord(scope, 'RecordIpv6', props);
  }
  return `https://${options.domainName}`;
}

/** Rejects a public URL to which clients cannot append a route. */
function checkPublicUrl(scope: Construct, publicUrl: string, hasDomain: boolean): void {
  if (hasDomain)
    throw invalid(scope, 'publicUrl and the domain of endpoint are both the address of the server; remove one');
  if (Token.isUnresolved(publicUrl)) return;
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined;
  if (url?.protocol === 'https:' && !url.search && !url.hash && !publicUrl.endsWith('/')) return;
  throw invalid(
    scope,
    `publicUrl '${publicUrl}' is not a base URL; use https without a trailing slash or query, such as https://example.com/mcp-api`,
  );
}
