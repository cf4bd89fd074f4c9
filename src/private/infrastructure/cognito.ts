import { Annotations, Aspects, CfnOutput, CfnResource, Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { McpAuth } from '../../auth';
import { type McpCognitoOptions, McpOAuthClient } from '../../cognito';
import type { McpOAuthOptions } from '../../oauth';
import { invalid } from '../errors';
import { ServerInternals } from '../server-internals';

/** The scopes of a server without others. */
export const DEFAULT_COGNITO_SCOPES = ['use'];
const MAX_METADATA_URLS = 5;
/** A scope of a resource server: it has no slash, which separates it from the identifier. */
export const COGNITO_SCOPE = /^[\x21\x23-\x26\x28-\x2e\x30-\x5b\x5d-\x7e]{1,256}$/;

/** The server as a resource of a user pool. */
export interface CognitoTarget {
  readonly mcpUrl: string;
  /** The authorization that defines it. */
  readonly auth: McpAuth;
}

/** Defines the parts of a user pool that MCP clients need, and returns how its access tokens are checked. */
export function defineCognito(
  scope: Construct,
  options: McpCognitoOptions,
  target: CognitoTarget,
): Pick<McpOAuthOptions, 'issuers' | 'scopes'> {
  const { scopes = DEFAULT_COGNITO_SCOPES } = options;
  checkCognitoOptions(scope, options, scopes);
  const internals = ServerInternals.of(scope.node.scope!);
  const userPool = options.userPool ?? defineUserPool(scope);
  if (options.dynamicRegistration) allowDynamicRegistration(scope, userPool);
  warnOfOpenRegistration(userPool);
  const domainPrefix = options.domainPrefix ?? (options.userPool ? undefined : internals.context?.serverId);
  if (domainPrefix !== undefined) {
    userPool.addDomain('McpDomain', {
      cognitoDomain: { domainPrefix },
      managedLoginVersion: cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN, // the classic pages ignore the resource parameter
    });
  }
  // access rules are about clients, not about callers of the Registration API
  const accessScopes = () => (internals.authorizesClients(target.auth) ? internals.accessScopes() : []);
  const allScopes = () => [...new Set([...scopes, ...accessScopes()])];
  const resource = defineResource(scope, userPool, { identifier: target.mcpUrl, allScopes });
  const client = defineClient(scope, userPool, options, { resource, scopes, allScopes });
  if (options.clientMetadata) defineMetadataPolicy(scope, userPool, client, options.clientMetadata);
  new CfnOutput(scope, 'ClientId', { value: client.userPoolClientId });
  const issuer = `https://${userPool.userPoolProviderName}`;
  return { issuers: [issuer], scopes };
}

function defineUserPool(scope: Construct): cognito.UserPool {
  return new cognito.UserPool(scope, 'UserPool', {
    selfSignUpEnabled: false,
    featurePlan: cognito.FeaturePlan.ESSENTIALS,
    signInAliases: { email: true },
    removalPolicy: RemovalPolicy.RETAIN, // people's accounts
  });
}

interface Scopes {
  /** The scopes that every caller must have. */
  readonly scopes: readonly string[];
  /** These scopes and those of access rules, which are complete after the app is constructed. */
  readonly allScopes: () => string[];
}

/** A server as a resource of a user pool, with the scopes of clients and of the Registration API. */
interface Resource {
  readonly userPool: cognito.IUserPool;
  readonly server: cognito.UserPoolResourceServer;
  readonly scopes: Array<() => string[]>;
}

/** The resource of each server, which clients and the Registration API share: a user pool accepts an identifier once. */
const RESOURCES = new WeakMap<Construct, Resource>();

/** Defines the server as a resource of the user pool. */
function defineResource(
  scope: Construct,
  userPool: cognito.IUserPool,
  { identifier, allScopes }: Pick<Scopes, 'allScopes'> & { readonly identifier: string },
): cognito.UserPoolResourceServer {
  const known = RESOURCES.get(scope.node.scope as Construct);
  if (known?.userPool === userPool) {
    known.scopes.push(allScopes);
    return known.server;
  }
  const server = new cognito.UserPoolResourceServer(scope, 'ResourceServer', { userPool, identifier });
  const resource = { userPool, server, scopes: [allScopes] };
  RESOURCES.set(scope.node.scope as Construct, resource);
  // lazy: tools that are added later may require other scopes
  (server.node.defaultChild as cognito.CfnUserPoolResourceServer).scopes = Lazy.any({
    produce: () => [...new Set(resource.scopes.flatMap((each) => each()))].map(resourceScope),
  });
  return server;
}

function resourceScope(scopeName: string): cognito.ResourceServerScope {
  return new cognito.ResourceServerScope({ scopeName, scopeDescription: `Scope ${scopeName} of an MCP server` });
}

/** Defines an app client that may request the scopes of the server. */
function defineClient(
  scope: Construct,
  userPool: cognito.IUserPool,
  { clients = knownClients(), domainPrefix, userPool: existing }: McpCognitoOptions,
  { resource, scopes, allScopes }: Scopes & { readonly resource: cognito.UserPoolResourceServer },
): cognito.UserPoolClient {
  const client = new cognito.UserPoolClient(scope, 'Client', {
    userPool,
    generateSecret: false, // clients on a person's machine cannot keep one
    preventUserExistenceErrors: true,
    authFlows: {},
    oAuth: {
      flows: { authorizationCodeGrant: true },
      scopes: scopes.map((each) => cognito.OAuthScope.resourceServer(resource, resourceScope(each))),
      callbackUrls: [...new Set(clients.flatMap(({ callbackUrls }) => callbackUrls))],
    },
  });
  (client.node.defaultChild as cognito.CfnUserPoolClient).allowedOAuthScopes = Lazy.list({
    produce: () => allScopes().map((name) => `${resource.userPoolResourceServerId}/${name}`),
  });
  if (!existing || domainPrefix !== undefined) {
    // managed login has no pages for an app client without a style
    new cognito.CfnManagedLoginBranding(scope, 'Branding', {
      userPoolId: userPool.userPoolId,
      clientId: client.userPoolClientId,
      useCognitoProvidedValues: true,
    });
  }
  return client;
}

function knownClients(): McpOAuthClient[] {
  const { CLAUDE, CLAUDE_CODE, VS_CODE, CURSOR, INSPECTOR, MCP_REMOTE } = McpOAuthClient;
  return [CLAUDE, CLAUDE_CODE, VS_CODE, CURSOR, INSPECTOR, MCP_REMOTE];
}

/** Turns on RFC 7591 for callers with an initial access token. The CDK has no property for it yet. */
function allowDynamicRegistration(scope: Construct, userPool: cognito.IUserPool): void {
  const resource = userPool.node.defaultChild;
  if (!(resource instanceof cognito.CfnUserPool)) {
    throw invalid(
      scope,
      'dynamicRegistration: the user pool is imported; turn on DcrConfiguration where it is defined',
    );
  }
  resource.addPropertyOverride('DcrConfiguration', {
    EnableStatus: 'ENABLED',
    OpenDcrEnabled: false,
    AuthenticatedGrantTypes: ['authorization_code'],
  });
}

/** Warns of a user pool at which everyone can register clients. Overrides are known at synth only. */
function warnOfOpenRegistration(userPool: cognito.IUserPool): void {
  const resource = userPool.node.defaultChild;
  if (!(resource instanceof cognito.CfnUserPool)) return;
  Aspects.of(resource).add({
    visit(node) {
      const { Resources } = Stack.of(node).resolve((resource as unknown as Rendered)._toCloudFormation());
      const [{ Properties }] = Object.values<{ Properties?: { DcrConfiguration?: { OpenDcrEnabled?: unknown } } }>(
        Resources,
      );
      if (Properties?.DcrConfiguration?.OpenDcrEnabled !== true) return;
      Annotations.of(node).addWarningV2(
        'cdk-mcp-lambda:openRegistration',
        'everyone on the internet can register an OAuth client at this user pool, under any name; set OpenDcrEnabled to false, and give clients an initial access token',
      );
    },
  });
}

/** A resource, as the CDK renders it. */
interface Rendered {
  _toCloudFormation(): object;
}

/** Accepts client metadata documents. The CDK has no construct for the policy yet. */
function defineMetadataPolicy(
  scope: Construct,
  userPool: cognito.IUserPool,
  client: cognito.UserPoolClient,
  urls: readonly string[],
): void {
  new CfnResource(scope, 'ClientMetadataPolicy', {
    type: 'AWS::Cognito::CIMDPolicy',
    properties: {
      UserPoolId: userPool.userPoolId,
      ClientId: client.userPoolClientId,
      PolicyName: `mcp-${Stack.of(scope).getLogicalId(client.node.defaultChild as CfnResource)}`,
      URLPatterns: urls,
    },
  });
}

function checkCognitoOptions(scope: Construct, options: McpCognitoOptions, scopes: readonly string[]): void {
  const { clients, clientMetadata, dynamicRegistration, userPool } = options;
  if (scopes.length === 0) {
    throw invalid(scope, 'scopes is empty: Cognito issues no token for a resource without scopes; add a scope');
  }
  for (const each of scopes) {
    if (!Token.isUnresolved(each) && !COGNITO_SCOPE.test(each)) {
      throw invalid(
        scope,
        `scopes: '${each}' is not a scope; use the short name, visible ASCII characters without / " ' \\`,
      );
    }
  }
  for (const url of (clients ?? []).flatMap(({ callbackUrls }) => callbackUrls)) checkCallback(scope, url);
  if (clientMetadata && (clientMetadata.length < 1 || clientMetadata.length > MAX_METADATA_URLS)) {
    throw invalid(scope, `clientMetadata has ${clientMetadata.length} URLs; expected 1 to ${MAX_METADATA_URLS}`);
  }
  for (const url of clientMetadata ?? []) {
    if (!Token.isUnresolved(url) && !/^https:\/\/[^*/?#\s][^?#\s]*$/.test(url)) {
      throw invalid(scope, `clientMetadata: '${url}' is not an https URL; use a URL such as https://claude.ai/*`);
    }
  }
  const { userPoolTier } = (userPool?.node.defaultChild ?? {}) as Partial<cognito.CfnUserPool>;
  const feature = clientMetadata ? 'clientMetadata' : dynamicRegistration ? 'dynamicRegistration' : undefined;
  if (feature && userPoolTier === cognito.FeaturePlan.LITE) {
    throw invalid(
      scope,
      `${feature} requires the Essentials or Plus plan, and the user pool has LITE; change featurePlan`,
    );
  }
}

function checkCallback(scope: Construct, url: string): void {
  if (Token.isUnresolved(url)) return;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const plain = parsed?.protocol === 'http:' && parsed.hostname !== 'localhost' && parsed.hostname !== '127.0.0.1';
  if (parsed && !plain && !url.includes('#')) return;
  throw invalid(
    scope,
    `clients: '${url}' is not a callback URL; use https, the scheme of an app, or http with localhost, without a fragment`,
  );
}
