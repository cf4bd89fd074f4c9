import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as route53 from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import {
  definePrivateApi,
  defineRegionalApi,
  type Endpoint,
  type EndpointTarget,
} from './private/infrastructure/endpoint';

/** A custom domain of a server. */
export interface McpDomainOptions extends apigateway.DomainNameOptions {
  /**
   * The hosted zone in which to add the alias records of the domain, for IPv4 and IPv6.
   *
   * @default - no records; point the name to `server.api.domainName` yourself
   */
  readonly hostedZone?: route53.IHostedZone;
}

/** Options for `McpEndpoint.restApi()`. */
export interface McpRestApiOptions {
  /**
   * The custom domain of the server. Its URLs are below the domain, without a stage, and the `execute-api` endpoint is off.
   *
   * @default - the `execute-api` domain of the API
   */
  readonly domain?: McpDomainOptions;

  /**
   * The ARN of a web ACL of AWS WAF (scope `REGIONAL`) for the stage.
   *
   * @default - no web ACL
   */
  readonly webAclArn?: string;

  /**
   * The resource policy of the API: who may call it, in addition to `auth`.
   *
   * @default - no resource policy
   */
  readonly resourcePolicy?: iam.PolicyDocument;
}

/** Options for `McpEndpoint.privateApi()`. */
export interface McpPrivateApiOptions {
  /** The interface endpoints of `execute-api` through which clients call the server, at least one. */
  readonly vpcEndpoints: ec2.IVpcEndpoint[];

  /**
   * The ARN of a web ACL of AWS WAF (scope `REGIONAL`) for the stage.
   *
   * @default - no web ACL
   */
  readonly webAclArn?: string;

  /**
   * The resource policy of the API.
   *
   * @default - a policy that allows requests through `vpcEndpoints` only
   */
  readonly resourcePolicy?: iam.PolicyDocument;
}

/**
 * The endpoint at which clients reach a server.
 *
 * @example
 * declare const zone: route53.IHostedZone;
 * declare const certificate: acm.ICertificate;
 * new McpLambdaServer(this, 'Mcp', {
 *   endpoint: McpEndpoint.restApi({ domain: { domainName: 'mcp.example.com', certificate, hostedZone: zone } }),
 * });
 */
export abstract class McpEndpoint {
  /**
   * A Regional REST API of API Gateway, on the internet.
   *
   * @param options its domain, web ACL and resource policy
   */
  public static restApi(options: McpRestApiOptions = {}): McpEndpoint {
    return new RestApiEndpoint(options);
  }

  /**
   * A private REST API of API Gateway, in VPCs.
   *
   * @param options its VPC endpoints, web ACL and resource policy
   */
  public static privateApi(options: McpPrivateApiOptions): McpEndpoint {
    return new PrivateApiEndpoint(options);
  }

  /** @internal */
  public abstract _define(scope: Construct, target: EndpointTarget): Endpoint;
}

class RestApiEndpoint extends McpEndpoint {
  public constructor(private readonly options: McpRestApiOptions) {
    super();
  }

  /** @internal */
  public _define(scope: Construct, target: EndpointTarget): Endpoint {
    return defineRegionalApi(scope, this.options, target);
  }
}

class PrivateApiEndpoint extends McpEndpoint {
  public constructor(private readonly options: McpPrivateApiOptions) {
    super();
  }

  /** @internal */
  public _define(scope: Construct, target: EndpointTarget): Endpoint {
    return definePrivateApi(scope, this.options, target);
  }
}
