/**
 * Replaces `@aws-sdk/middleware-endpoint-discovery` in the bundles (scripts/bundle.mjs). No operation of the functions discovers its endpoint
 * (Timestream does), and the package creates a cache for each client.
 */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => false,
  configFileSelector: () => undefined,
  default: false,
};

export const resolveEndpointDiscoveryConfig = <Config>(config: Config): Config => config;
