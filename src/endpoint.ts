import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as route53 from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { McpLambdaServerProps } from './mcp-lambda-server-props';
import type { DefinedEndpoint, EndpointTarget } from './private/infrastructure/endpoint';
import { defineFunctionUrls } from './private/infrastructure/function-url-endpoint';
import { definePrivateApi, defineRegionalApi } from './private/infrastructure/rest-api-endpoint';
import { functionUrlProps } from './private/validation/function-url-props';
import { checkOptions } from './private/validation/options';

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

/** Options for `McpEndpoint.functionUrl()`. */
export interface McpFunctionUrlOptions {
  /**
   * The reserved concurrency of the function that serves `/mcp`, as `limits.reservedConcurrency`: 1 to 100,000 executions (a limit of this
   * library; Lambda's quota for an account is 1,000 by default). Further requests get status 429.
   *
   * Lambda accepts up to ten times as many requests per second. Set it: a function URL has no rate limit, and without IAM authorization, everyone
   * on the internet can make the function run, also with requests that it rejects.
   *
   * @default - no reserved concurrency; requests can use all concurrent executions of the account's quota, and synthesis adds the warning
   * `cdk-mcp-lambda:functionUrlConcurrency`
   */
  readonly reservedConcurrency?: number;
}

/**
 * The endpoint at which clients reach a server. The constructor of the server throws if an option is unknown.
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

  /**
   * Lambda function URLs, on the internet: `/mcp` on the URL of the function that serves it, `/register` on another one with IAM authorization.
   *
   * Function URLs are free, where API Gateway costs 3.50 USD for a million requests (us-east-1). They require `McpAuth.iam()`, `McpAuth.oauth()`,
   * `McpAuth.cognito()` or `McpAuth.none()`, and have no HTTP+SSE, custom domain, web ACL, rate limit, access log or `vpc`. The constructor of
   * the server throws if a property or an option requires one of these, or an option is unknown.
   *
   * @param options its concurrency
   */
  public static functionUrl(options: McpFunctionUrlOptions = {}): McpEndpoint {
    return new FunctionUrlEndpoint(options);
  }

  /**
   * The properties of a server with this endpoint.
   *
   * @throws if it cannot have one of them, or has an option that is invalid or unknown
   * @internal
   */
  public abstract _applyTo(scope: Construct, props: McpLambdaServerProps): McpLambdaServerProps;

  /** @internal */
  public abstract _define(scope: Construct, target: EndpointTarget): DefinedEndpoint;
}

class RestApiEndpoint extends McpEndpoint {
  public constructor(private readonly options: McpRestApiOptions) {
    super();
  }

  /** @internal */
  public _applyTo(scope: Construct, props: McpLambdaServerProps): McpLambdaServerProps {
    checkOptions(scope, 'McpEndpoint.restApi()', this.options, ['domain', 'webAclArn', 'resourcePolicy']);
    return props;
  }

  /** @internal */
  public _define(scope: Construct, target: EndpointTarget): DefinedEndpoint {
    return defineRegionalApi(scope, this.options, target);
  }
}

class PrivateApiEndpoint extends McpEndpoint {
  public constructor(private readonly options: McpPrivateApiOptions) {
    super();
  }

  /** @internal */
  public _applyTo(scope: Construct, props: McpLambdaServerProps): McpLambdaServerProps {
    checkOptions(scope, 'McpEndpoint.privateApi()', this.options, ['vpcEndpoints', 'webAclArn', 'resourcePolicy']);
    return props;
  }

  /** @internal */
  public _define(scope: Construct, target: EndpointTarget): DefinedEndpoint {
    return definePrivateApi(scope, this.options, target);
  }
}

class FunctionUrlEndpoint extends McpEndpoint {
  public constructor(private readonly options: McpFunctionUrlOptions) {
    super();
  }

  /** @internal */
  public _applyTo(scope: Construct, props: McpLambdaServerProps): McpLambdaServerProps {
    return functionUrlProps(scope, props, this.options);
  }

  /** @internal */
  public _define(scope: Construct, target: EndpointTarget): DefinedEndpoint {
    return defineFunctionUrls(scope, target);
  }
}
