import { Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import type { McpDomainOptions, McpPrivateApiOptions, McpRestApiOptions } from '../../endpoint';
import { invalid } from '../errors';
import { type ApiProps, defineApi } from './rest-api';

/** The settings of the API that do not depend on its endpoint. */
export type EndpointTarget = Omit<ApiProps, 'endpointConfiguration' | 'policy' | 'disableExecuteApiEndpoint'>;

/** The API of a server. */
export interface Endpoint {
  readonly api: apigateway.RestApi;
  /** Base URL at which clients reach the server, without a trailing slash; undefined for the URL of the stage. */
  readonly url?: string;
}

export function defineRegionalApi(scope: Construct, options: McpRestApiOptions, target: EndpointTarget): Endpoint {
  const { domain, webAclArn, resourcePolicy: policy } = options;
  if (domain) checkDomain(scope, domain);
  const api = defineApi(scope, {
    ...target,
    policy,
    // Regional: an edge-optimized endpoint closes a stream after 30 idle seconds
    endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
    // the metadata and the audience of tokens name one address only
    disableExecuteApiEndpoint: domain ? true : undefined,
  });
  if (webAclArn) protect(scope, api, webAclArn);
  return { api, url: domain && addDomain(scope, api, domain) };
}

export function definePrivateApi(scope: Construct, options: McpPrivateApiOptions, target: EndpointTarget): Endpoint {
  const { vpcEndpoints, webAclArn, resourcePolicy } = options;
  if (vpcEndpoints.length === 0) {
    throw invalid(
      scope,
      'endpoint: vpcEndpoints is empty, so that no client could reach the server; add a VPC endpoint',
    );
  }
  const api = defineApi(scope, {
    ...target,
    endpointConfiguration: { types: [apigateway.EndpointType.PRIVATE], vpcEndpoints },
    policy: resourcePolicy ?? allowOnly(vpcEndpoints.map(({ vpcEndpointId }) => vpcEndpointId)),
  });
  if (webAclArn) protect(scope, api, webAclArn);
  return { api };
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
export function checkPublicUrl(scope: Construct, publicUrl: string, hasDomain: boolean): void {
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
