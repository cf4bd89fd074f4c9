import { CustomResource, Duration, Stack, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { IMcpLambdaServer } from '../../mcp-lambda-server-interface';
import type { McpRegistrationOptions } from '../../registration-options';
import { CUSTOM_RESOURCE_PROPERTY } from '../contract';
import { invalid } from '../errors';
import type { EventMapping } from '../event';
import { requireInstance } from '../library-types';
import type { JsonObject, RegistrationType } from '../registration';
import { registrationId } from '../registration-id';
import { ServerInternals } from '../server-internals';
import { SAME_COMPLETION_HANDLER, validateDefinition } from '../validation';
import { exportedValue } from './exported-value';
import { permitInvoke } from './invoke-permission';
import { type JsonProblem, jsonProblems } from './json-values';
import { inStableOrder } from './map-order';

/** How long CloudFormation waits for the provider, which Lambda retries twice. */
export const SERVICE_TIMEOUT = Duration.minutes(10);

/** Properties of `DeclaredRegistration`. */
export interface DeclarationProps {
  readonly server: IMcpLambdaServer;
  readonly handler: lambda.IFunction;
  readonly type: RegistrationType;
  /** The type of the custom resource. */
  readonly resourceType: string;
  readonly options: McpRegistrationOptions;
  /** The keys of the definition that are specific to this type. */
  readonly typeSpecific: JsonObject;
  readonly completionHandler?: lambda.IFunction;
}

/**
 * A declared registration: a custom resource that registers a tool, resource or prompt, and the permission to invoke its handler.
 *
 * @internal
 */
export abstract class DeclaredRegistration extends Construct {
  /** The server of the registration. */
  public readonly server: IMcpLambdaServer;

  /** The handler: the function behind the registration. */
  public readonly handler: lambda.IFunction;

  /**
   * The registration id, as in the Registration API: type and name.
   *
   * @attribute
   */
  public readonly registrationId: string;

  protected constructor(scope: Construct, id: string, props: DeclarationProps) {
    super(scope, id);
    const { server, handler, type, options, typeSpecific, completionHandler } = props;
    this.server = server;
    this.handler = handler;
    this.registrationId = registrationId(type, options.name);

    requireInstance(this.node.path, 'event', 'McpEvent', options.event);
    requireInstance(this.node.path, 'access', 'McpAccess', options.access);
    const completesItself = completionHandler !== undefined && completionHandler === handler;
    const definition = validated(this, { type, ...commonKeys(options), ...typeSpecific }, completesItself);
    const internals = ServerInternals.of(server);
    internals.claimName(`${type} named`, options.name, this);
    const { uri } = typeSpecific;
    if (typeof uri === 'string') internals.claimName('resource with the uri', uri, this);
    if (options.asksClient?.length) internals.requireSessions();
    if (options.access) internals.useAccess(this, options.access._render());

    const permission = permitInvoke(this, server, handler);
    const completionPermission = completionHandler && permitInvoke(this, server, completionHandler);
    const resource = new CustomResource(this, 'Resource', {
      serviceToken: exportedValue(this, server.registrationProviderArn),
      serviceTimeout: SERVICE_TIMEOUT,
      resourceType: props.resourceType,
      properties: {
        [CUSTOM_RESOURCE_PROPERTY.DEFINITION]: Stack.of(this).toJsonString(definition),
        [CUSTOM_RESOURCE_PROPERTY.FUNCTION_ARN]: exportedValue(this, handler.functionArn),
        [CUSTOM_RESOURCE_PROPERTY.COMPLETION_FUNCTION_ARN]:
          completionHandler && exportedValue(this, completionHandler.functionArn),
        [CUSTOM_RESOURCE_PROPERTY.PERMISSION]: permission.by,
      },
    });
    // the registration must not be visible before its handler can be invoked
    resource.node.addDependency(permission.resource);
    if (completionPermission) resource.node.addDependency(completionPermission.resource);
  }
}

function commonKeys(options: McpRegistrationOptions): JsonObject {
  const { name, title, description, icons, meta, event, invokeMode, timeout, enabled, asksClient, access } = options;
  const { toolsets } = options;
  return {
    name,
    title,
    description,
    icons,
    _meta: inStableOrder(meta),
    event: event?._render(),
    invokeMode,
    timeoutSeconds: timeout?.toSeconds(),
    enabled,
    asksClient,
    access: access?._render(),
    toolsets,
  };
}

/** The keys that must not contain tokens: ids and uniqueness checks use them at synthesis. */
const LITERAL_KEYS = ['name', 'uri', 'uriTemplate', 'toolsets'] as const;

/**
 * Validates a definition by the rules of the Registration API, so that a definition that synthesizes also deploys.
 *
 * @param completesItself whether the handler is also the completion handler
 */
function validated(scope: Construct, definition: JsonObject, completesItself: boolean): object {
  const event = definition.event as EventMapping | undefined;
  const own: JsonProblem[] =
    completesItself && event?.type !== 'request'
      ? [{ path: '/completionHandler', message: SAME_COMPLETION_HANDLER }]
      : [];
  const serializationErrors = [...tokenProblems(definition), ...jsonProblems(definition)];
  const result =
    serializationErrors.length > 0 ? { errors: serializationErrors } : validateDefinition(withoutUndefined(definition));
  if (result.errors === undefined && own.length === 0) return result.definition;
  const lines = [...(result.errors ?? []), ...own].map(({ path, message }) => `  ${path && `${path}: `}${message}`);
  throw invalid(scope, `this ${definition.type as string} cannot be registered:\n${lines.join('\n')}`);
}

function tokenProblems(definition: JsonObject): JsonProblem[] {
  const event = definition.event as EventMapping | undefined;
  const keys: string[] = LITERAL_KEYS.filter((key) => hasToken(definition[key]));
  if (event && event.type !== 'template' && Token.isUnresolved(JSON.stringify(event))) keys.push('event');
  return keys.map((key) => ({ path: `/${key}`, message: 'must not contain a token: it must be known at synth' }));
}

function hasToken(value: unknown): boolean {
  return Token.isUnresolved(value) || (Array.isArray(value) && value.some((each) => Token.isUnresolved(each)));
}

/** A copy without undefined values. */
function withoutUndefined(definition: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(definition)) as JsonObject;
}
