import { CustomResource, Duration, Stack, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { IMcpLambdaServer } from '../../mcp-lambda-server-base';
import type { McpRegistrationOptions } from '../../registration-options';
import { CUSTOM_RESOURCE_PROPERTY } from '../contract';
import { invalid } from '../errors';
import type { JsonObject, RegistrationType } from '../registration';
import { registrationId } from '../registration-id';
import { ServerInternals } from '../server-internals';
import { validateDefinition } from '../validation';
import { permitInvoke } from './invoke-permission';
import { type JsonProblem, jsonProblems } from './json-values';
import { inStableOrder } from './map-order';

/** How long CloudFormation waits for the provider, which Lambda runs up to three times. */
export const SERVICE_TIMEOUT = Duration.minutes(10);

/** What a kind of registration says of itself. */
export interface DeclarationProps {
  readonly server: IMcpLambdaServer;
  readonly handler: lambda.IFunction;
  readonly type: RegistrationType;
  /** The custom resource's type. */
  readonly resourceType: string;
  readonly options: McpRegistrationOptions;
  /** The keys that this kind has beside the common ones. */
  readonly own: JsonObject;
  readonly completionHandler?: lambda.IFunction;
}

/**
 * A tool, resource or prompt that infrastructure code declares: a custom resource that registers it, and the permission to invoke it.
 *
 * @internal
 */
export abstract class DeclaredRegistration extends Construct {
  /** The server that it is on. */
  public readonly server: IMcpLambdaServer;

  /** The function behind it. */
  public readonly handler: lambda.IFunction;

  /**
   * Its id in the Registration API: type and name.
   *
   * @attribute
   */
  public readonly registrationId: string;

  protected constructor(scope: Construct, id: string, props: DeclarationProps) {
    super(scope, id);
    const { server, handler, type, options, own, completionHandler } = props;
    this.server = server;
    this.handler = handler;
    this.registrationId = registrationId(type, options.name);

    const definition = validated(this, { type, ...commonKeys(options), ...own });
    const internals = ServerInternals.of(server);
    internals.claimName(`${type} named`, options.name, this);
    if (typeof own.uri === 'string') internals.claimName('resource with the uri', own.uri, this);
    if (options.asksClient?.length) internals.requireSessions();

    const permission = permitInvoke(this, server, handler);
    const completionPermission = completionHandler && permitInvoke(this, server, completionHandler);
    const resource = new CustomResource(this, 'Resource', {
      serviceToken: server.registrationProviderArn,
      serviceTimeout: SERVICE_TIMEOUT,
      resourceType: props.resourceType,
      properties: {
        [CUSTOM_RESOURCE_PROPERTY.DEFINITION]: Stack.of(this).toJsonString(definition),
        [CUSTOM_RESOURCE_PROPERTY.FUNCTION_ARN]: handler.functionArn,
        [CUSTOM_RESOURCE_PROPERTY.COMPLETION_FUNCTION_ARN]: completionHandler?.functionArn,
        [CUSTOM_RESOURCE_PROPERTY.PERMISSION]: permission.by,
      },
    });
    // nobody sees it before it can be invoked
    resource.node.addDependency(permission.resource);
    if (completionPermission) resource.node.addDependency(completionPermission.resource);
  }
}

function commonKeys(options: McpRegistrationOptions): JsonObject {
  const { name, title, description, icons, meta, payload, invokeMode, timeout, enabled, asksClient } = options;
  return {
    name,
    title,
    description,
    icons,
    _meta: inStableOrder(meta),
    payload,
    invokeMode,
    timeoutSeconds: timeout?.toSeconds(),
    enabled,
    asksClient,
  };
}

/** Keys by which a registration is known: ids and look-ups are made from them at synth. */
const KNOWN_AT_SYNTH = ['name', 'uri', 'uriTemplate'] as const;

/** The definition by the rules of the Registration API, so that what synthesises also deploys. */
function validated(scope: Construct, definition: JsonObject): object {
  const unserialisable = [...tokenProblems(definition), ...jsonProblems(definition)];
  const result = unserialisable.length > 0 ? { errors: unserialisable } : validateDefinition(plain(definition));
  if (result.errors === undefined) return result.definition;
  const lines = result.errors.map(({ path, message }) => `  ${path && `${path}: `}${message}`);
  throw invalid(scope, `this ${definition.type as string} cannot be registered:\n${lines.join('\n')}`);
}

function tokenProblems(definition: JsonObject): JsonProblem[] {
  return KNOWN_AT_SYNTH.filter((key) => Token.isUnresolved(definition[key])).map((key) => ({
    path: `/${key}`,
    message: 'may not hold a token: it must be known at synth',
  }));
}

/** A copy without absent keys. */
function plain(definition: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(definition)) as JsonObject;
}
