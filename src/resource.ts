import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { McpAnnotations } from './annotations';
import type { IMcpLambdaServer } from './mcp-lambda-server-interface';
import { CUSTOM_RESOURCE } from './private/contract';
import type { JsonObject } from './private/registration';
import { DeclaredRegistration } from './private/registration/declared-registration';
import { inStableOrder } from './private/registration/map-order';
import { type McpCache, McpCacheScope, type McpRegistrationOptions } from './registration-options';

/** Options for a resource. */
export interface McpResourceOptions extends McpRegistrationOptions {
  /**
   * The URI of the resource, such as `docs://readme`. It must be unique on its server, and must not contain tokens. It has at most 2,048 bytes
   * (a limit of this library).
   */
  readonly uri: string;

  /**
   * The MIME type of the content, such as `text/markdown`.
   *
   * @default - the MIME type that the function returns, if any
   */
  readonly mimeType?: string;

  /**
   * The size of the content in bytes, 0 or more, as MCP reports it to clients.
   *
   * @default - no size
   */
  readonly size?: number;

  /**
   * Hints about the resource, such as its intended audience.
   *
   * @default - no hints
   */
  readonly annotations?: McpAnnotations;

  /**
   * How long clients may cache the content.
   *
   * @default - clients must not cache the content
   */
  readonly cache?: McpCache;
}

/** Properties for `McpResource`. */
export interface McpResourceProps extends McpResourceOptions {
  /** The server to register the resource with, defined by this app or imported. */
  readonly server: IMcpLambdaServer;

  /** The function that returns the content, or an alias or version of it. */
  readonly handler: lambda.IFunction;
}

/**
 * Registers a Lambda function as an MCP resource.
 *
 * The stack of its scope owns the resource.
 *
 * @example
 * declare const policies: lambda.Function;
 * new McpResource(this, 'ReturnPolicy', {
 *   server,
 *   handler: policies,
 *   name: 'return-policy',
 *   uri: 'orders://policies/returns',
 *   mimeType: 'text/markdown',
 * });
 */
export class McpResource extends DeclaredRegistration {
  /**
   * The name of the resource.
   *
   * @attribute
   */
  public readonly resourceName: string;

  /**
   * The URI of the resource.
   *
   * @attribute
   */
  public readonly uri: string;

  /**
   * @param scope the scope of the construct; its stack owns the resource
   * @param id the construct id, unique in the scope
   * @param props properties of the resource
   * @throws if the name or URI is taken, or the definition breaks a rule; the error has a JSON pointer for each broken rule
   */
  public constructor(scope: Construct, id: string, props: McpResourceProps) {
    const { uri, mimeType, size, annotations, cache } = props;
    super(scope, id, {
      server: props.server,
      handler: props.handler,
      type: 'resource',
      resourceType: CUSTOM_RESOURCE.RESOURCE,
      options: props,
      typeSpecific: { uri, mimeType, size, annotations, cache: rendered(cache) },
    });
    this.resourceName = props.name;
    this.uri = uri;
  }
}

/** Options for a resource template. */
export interface McpResourceTemplateOptions extends McpRegistrationOptions {
  /**
   * The URI template (RFC 6570), such as `docs://{page}`. It must not contain tokens. It has at most 2,048 bytes and
   * 16 variables (limits of this library).
   *
   * The function gets the values of the variables. If several templates match a URI, the one with the longest literal part is used.
   */
  readonly uriTemplate: string;

  /**
   * The MIME type of the contents, such as `text/markdown`.
   *
   * @default - the MIME type that the function returns, if any
   */
  readonly mimeType?: string;

  /**
   * Hints about the resources, such as their intended audience.
   *
   * @default - no hints
   */
  readonly annotations?: McpAnnotations;

  /**
   * How long clients may cache the contents.
   *
   * @default - clients must not cache the contents
   */
  readonly cache?: McpCache;

  /**
   * Whether the function also lists its resources.
   *
   * It is then invoked with the method `resources/list`, and returns `{ resources, nextCursor }`.
   *
   * @default false
   */
  readonly listable?: boolean;

  /**
   * The completion values of each variable: at most 1,000 for a variable (a limit of this library).
   *
   * @default - no completions
   */
  readonly completions?: { [variable: string]: string[] };

  /**
   * The function that completes the variables that are not in `completions`.
   *
   * It always receives the request event, whatever `event` says: `{ method: 'completion/complete', params, context }`, where
   * `params.argument` has the name of the variable and the text so far. It returns an array of strings, or `{ values, total, hasMore }`.
   * Clients get at most 100 values. The handler of the template can be its own completion handler only with `McpEvent.request()`.
   *
   * @default - no function
   */
  readonly completionHandler?: lambda.IFunction;
}

/** Properties for `McpResourceTemplate`. */
export interface McpResourceTemplateProps extends McpResourceTemplateOptions {
  /** The server to register the resource template with, defined by this app or imported. */
  readonly server: IMcpLambdaServer;

  /** The function that returns the contents, or an alias or version of it. */
  readonly handler: lambda.IFunction;
}

/**
 * Registers a Lambda function as an MCP resource template: it serves all resources whose URI matches the template.
 *
 * The stack of its scope owns the resource template.
 *
 * @example
 * declare const invoices: lambda.Function;
 * new McpResourceTemplate(this, 'Invoice', {
 *   server,
 *   handler: invoices,
 *   name: 'invoice',
 *   uriTemplate: 'orders://{orderId}/invoice',
 *   mimeType: 'text/markdown',
 * });
 */
export class McpResourceTemplate extends DeclaredRegistration {
  /**
   * The name of the resource template. Resources and resource templates share one namespace.
   *
   * @attribute
   */
  public readonly templateName: string;

  /**
   * The URI template.
   *
   * @attribute
   */
  public readonly uriTemplate: string;

  /**
   * @param scope the scope of the construct; its stack owns the resource template
   * @param id the construct id, unique in the scope
   * @param props properties of the resource template
   * @throws if the name is taken, or the definition breaks a rule; the error has a JSON pointer for each broken rule
   */
  public constructor(scope: Construct, id: string, props: McpResourceTemplateProps) {
    const { uriTemplate, mimeType, annotations, cache, listable, completions, completionHandler } = props;
    super(scope, id, {
      server: props.server,
      handler: props.handler,
      type: 'resource',
      resourceType: CUSTOM_RESOURCE.RESOURCE_TEMPLATE,
      options: props,
      typeSpecific: {
        uriTemplate,
        mimeType,
        annotations,
        cache: rendered(cache),
        listable,
        completions: inStableOrder(completions),
      },
      completionHandler,
    });
    this.templateName = props.name;
    this.uriTemplate = uriTemplate;
  }
}

function rendered(cache: McpCache | undefined): JsonObject | undefined {
  return cache && { ttlSeconds: cache.ttl.toSeconds(), scope: cache.scope ?? McpCacheScope.PRIVATE };
}
