import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ENV } from '../contract';
import {
  allowPermitting,
  allowReadingPolicies,
  allowRevoking,
  formerRoles,
  type RegistrableProps,
} from '../registration/registrable';
import { allow, type HandlerSettings, handlerFunction, handlerRole } from './functions';
import { queuesOf } from './legacy-sse';
import { KEY_WRITE, QUEUE_LIST, QUEUE_SWEEP, REGISTRY_WRITE, SESSION_SWEEP } from './permissions';
import { allowKey, type ServerContext } from './server-context';

/** The functions that write the registry, for callers of `/register` and for CloudFormation. */
export interface RegistrationApi {
  readonly registrationFunction: lambda.Function;
  readonly provider: lambda.Function;
}

/**
 * Defines the functions that write the registry.
 *
 * @param others the other server functions, which cannot be registered
 * @param hasSse whether the server has SSE sessions, which the provider removes when the server is deleted
 */
export function defineRegistrationApi(
  scope: Construct,
  context: ServerContext,
  others: () => lambda.Function[],
  hasSse: boolean,
): RegistrationApi {
  // outside the VPC: it must reach the URL where CloudFormation expects the response
  const { vpc, vpcSubnets, securityGroups, ...outside }: HandlerSettings = context.settings;
  const providerRole = registrarRole(scope, 'RegistrationProviderRole', context, outside);
  allowRevoking(providerRole, context.runtimeRole.roleArn, formerRoles(scope));
  if (hasSse) {
    allow(providerRole, SESSION_SWEEP, context.sessionTable.tableArn);
    allow(providerRole, QUEUE_LIST, '*');
    allow(providerRole, QUEUE_SWEEP, queuesOf(scope, context.serverId));
    allowKey(context.props.encryptionKey, providerRole, KEY_WRITE, 'dynamodb');
  }
  const provider = handlerFunction(scope, 'RegistrationProvider', outside, {
    description: `MCP server ${context.serverName}: registration provider`,
    asset: 'registration',
    handler: 'index.provider',
    role: providerRole,
    timeout: Duration.seconds(120),
    environment: {
      ...registrarEnvironment(scope, context, others),
      [ENV.SESSION_TABLE]: hasSse ? context.sessionTable.tableName : undefined,
    },
  });
  const registrationRole = registrarRole(scope, 'RegistrationRole', context, context.settings);
  allowRevoking(registrationRole, context.runtimeRole.roleArn);
  allowReadingPolicies(registrationRole, registrableOf(context));
  const registrationFunction = handlerFunction(scope, 'RegistrationFunction', context.settings, {
    description: `MCP server ${context.serverName}: Registration API`,
    asset: 'registration',
    role: registrationRole,
    timeout: Duration.seconds(30),
    environment: registrarEnvironment(scope, context, () => [...others(), provider]),
  });
  return { registrationFunction, provider };
}

function registrarRole(scope: Construct, id: string, context: ServerContext, settings: HandlerSettings): iam.Role {
  const { registryTable } = context;
  const role = handlerRole(scope, id, settings, 'MCP server: writes the registry');
  allow(role, REGISTRY_WRITE, registryTable.tableArn);
  allowKey(registryTable.encryptionKey, role, KEY_WRITE, 'dynamodb');
  allowPermitting(role, registrableOf(context));
  return role;
}

function registrableOf({ serverName, runtimeRole, props }: ServerContext): RegistrableProps {
  return { serverName, runtimeRoleArn: runtimeRole.roleArn, patterns: props.registrableFunctions };
}

/** The environment of a registrar. Its own ARN is not in it, which would be a cyclic dependency: it gets that from the invocation. */
function registrarEnvironment(scope: Construct, context: ServerContext, ownFunctions: () => lambda.Function[]) {
  const stack = Stack.of(scope);
  return {
    ...context.environment,
    [ENV.AUTHORIZATION]: context.registrationAuthorization,
    [ENV.REGISTRY_TABLE]: context.registryTable.tableName,
    [ENV.RUNTIME_ROLE_ARN]: context.runtimeRole.roleArn,
    [ENV.REGISTRABLE_FUNCTIONS]:
      context.props.registrableFunctions && stack.toJsonString(context.props.registrableFunctions),
    // lazy: a tool that is added later may add the task runner
    [ENV.OWN_FUNCTIONS]: stack.toJsonString(
      Lazy.any({ produce: () => ownFunctions().map(({ functionArn }) => functionArn) }),
    ),
  };
}
