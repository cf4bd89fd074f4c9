import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { McpAnnotations } from './annotations';
import type { IMcpLambdaServer } from './mcp-lambda-server-base';
import { CUSTOM_RESOURCE } from './private/contract';
import type { JsonObject } from './private/registration';
import { DeclaredRegistration } from './private/registration/declared-registration';
import { inStableOrder } from './private/registration/map-order';
import { type McpCache, McpCacheScope, type McpRegistrationOptions } from './registration-options';

/** What a resource is. */
export interface McpResourceOptions extends McpRegistrationOptions {
  /** The resource's address, such as `docs://readme`; unique on its server. It may not hold a token. */
  readonly uri: string;

  /**
   * The content's media type, such as `text/markdown`.
   *
   * @default - the function's answer says, or clients find out
   */
  readonly mimeType?: string;

  /**
   * The content's size in bytes, 0 or more, which MCP tells to clients.
   *
   * @default - not said
   */
  readonly size?: number;

  /**
   * Hints about the resource, such as for whom it is.
   *
   * @default - none
   */
  readonly annotations?: McpAnnotations;

  /**
   * How long clients may keep the content.
   *
   * @default - they may not
   */
  readonly cache?: McpCache;
}

/** A resource, and where it belongs. */
export interface McpResourceProps extends McpResourceOptions {
  /** The server that offers the resource, of this app or imported. */
  readonly server: IMcpLambdaServer;

  /** The function that gives the content, or an alias or version of it. */
  readonly handler: lambda.IFunction;
}

/**
 * A function as one resource of a server, in any stack. A definition that breaks a rule throws at synth.
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
   * The name under which the server lists the resource.
   *
   * @attribute
   */
  public readonly resourceName: string;

  /**
   * The address by which clients read it.
   *
   * @attribute
   */
  public readonly uri: string;

  /**
   * @param scope the construct, and with it the stack, that owns the resource
   * @param id unique in its scope
   * @param props what the resource is, and where it belongs
   * @throws if name or URI is taken, or a rule for registrations is broken; each broken rule is named with a JSON pointer
   */
  public constructor(scope: Construct, id: string, props: McpResourceProps) {
    const { uri, mimeType, size, annotations, cache } = props;
    super(scope, id, {
      server: props.server,
      handler: props.handler,
      type: 'resource',
      resourceType: CUSTOM_RESOURCE.RESOURCE,
      options: props,
      own: { uri, mimeType, size, annotations, cache: rendered(cache) },
    });
    this.resourceName = props.name;
    this.uri = uri;
  }
}

/** What a family of resources is. */
export interface McpResourceTemplateOptions extends McpRegistrationOptions {
  /**
   * The addresses as an RFC 6570 template, such as `docs://{page}`; the function gets the variables. Where several templates fit,
   * the one with the longest literal part is taken. It may not hold a token.
   */
  readonly uriTemplate: string;

  /**
   * The contents' media type, such as `text/markdown`.
   *
   * @default - the function's answer says, or clients find out
   */
  readonly mimeType?: string;

  /**
   * Hints about the resources, such as for whom they are.
   *
   * @default - none
   */
  readonly annotations?: McpAnnotations;

  /**
   * How long clients may keep the contents.
   *
   * @default - they may not
   */
  readonly cache?: McpCache;

  /**
   * Whether the function also lists its resources: it is then invoked with the method `resources/list` and answers with
   * `{ resources, nextCursor }`.
   *
   * @default false
   */
  readonly listable?: boolean;

  /**
   * Values that clients may propose for a variable, by its name: at most 1,000 for each (a limit of this library).
   *
   * @default - none
   */
  readonly completions?: { [variable: string]: string[] };

  /**
   * A function that proposes values for variables which `completions` does not name. It gets `{ method: 'completion/complete', params, context }`,
   * where `params.argument` has name and text so far, and answers with an array of strings or `{ values, total, hasMore }`; clients get
   * at most 100 of them.
   *
   * @default - none
   */
  readonly completionHandler?: lambda.IFunction;
}

/** A family of resources, and where it belongs. */
export interface McpResourceTemplateProps extends McpResourceTemplateOptions {
  /** The server that offers the resources, of this app or imported. */
  readonly server: IMcpLambdaServer;

  /** The function that gives the contents, or an alias or version of it. */
  readonly handler: lambda.IFunction;
}

/**
 * A function as all resources of a server whose URI fits a template, in any stack. A definition that breaks a rule throws at synth.
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
   * The name under which the server lists the template. Resources and templates share their names.
   *
   * @attribute
   */
  public readonly templateName: string;

  /**
   * The template of the addresses by which clients read.
   *
   * @attribute
   */
  public readonly uriTemplate: string;

  /**
   * @param scope the construct, and with it the stack, that owns the template
   * @param id unique in its scope
   * @param props what the resources are, and where they belong
   * @throws if name or URI is taken, or a rule for registrations is broken; each broken rule is named with a JSON pointer
   */
  public constructor(scope: Construct, id: string, props: McpResourceTemplateProps) {
    const { uriTemplate, mimeType, annotations, cache, listable, completions, completionHandler } = props;
    super(scope, id, {
      server: props.server,
      handler: props.handler,
      type: 'resource',
      resourceType: CUSTOM_RESOURCE.RESOURCE_TEMPLATE,
      options: props,
      own: {
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
