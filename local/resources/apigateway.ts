import { createHash } from 'node:crypto';
import { mcpApis } from '../assembly/mcp-apis.js';
import { URL_SUFFIX } from '../environment.js';
import { isLiteralMock } from '../services/apigateway/mock.js';
import { functionOf, type RestApiModel, userPoolIssuer } from '../services/apigateway/rest-api-model.js';
import { oauthConfigOf } from '../services/authorization-server/oauth-config.js';
import { publicUrlOf } from '../services/authorization-server/resource.js';
import { replaceIssuers } from './issuers.js';
import { type ResourceContext, upsertType } from './resource-type.js';

/** Returns an id in the form of API Gateway: ten lowercase characters. */
function shortId(context: ResourceContext): string {
  const digest = createHash('sha256').update(context.physicalName()).digest();
  return [...digest.subarray(0, 10)].map((byte) => (byte % 36).toString(36)).join('');
}

export const restApi = upsertType(
  async (context, previous) => {
    const { restApis } = context.services;
    const id = previous?.returnValues.physicalId ?? shortId(context);
    const isMcpServer = mcpApis(context.template).has(context.logicalId);
    const api = await restApis.put(id, context.stack.environment, context.properties, isMcpServer);
    if (context.properties.Body || context.properties.BodyS3Location) {
      context.reportNotRun('the routes of an OpenAPI document are not served here', 'declare them with addMethod()');
    }
    return { physicalId: id, attributes: { RestApiId: id, RootResourceId: api.rootResourceId } };
  },
  ({ services }, { physicalId }) => services.restApis.remove(physicalId),
);

export const resource = upsertType(
  (context) => {
    const id = shortId(context);
    const { ParentId, PathPart } = context.properties;
    apiOf(context)?.resources.set(id, { parentId: ParentId, pathPart: PathPart });
    return { physicalId: id, attributes: { ResourceId: id } };
  },
  (context, { physicalId }) => void apiOf(context)?.resources.delete(physicalId),
);

export const method = upsertType(
  (context) => {
    const id = shortId(context);
    const { properties } = context;
    const type = properties.Integration?.Type ?? 'MOCK';
    if (type !== 'AWS_PROXY' && type !== 'MOCK') {
      context.reportNotRun(`${type} integrations are not served here`, 'integrate a Lambda function as a proxy');
    }
    if (type === 'MOCK' && !isLiteralMock(properties.Integration ?? {})) {
      context.reportNotRun('its response template is not rendered here', 'use $context and $stageVariables only');
    }
    apiOf(context)?.methods.set(id, properties);
    return { physicalId: id };
  },
  (context, { physicalId }) => void apiOf(context)?.methods.delete(physicalId),
);

export const authorizer = upsertType(
  async (context) => {
    const id = shortId(context);
    const { properties, services } = context;
    apiOf(context)?.authorizers.set(id, properties);
    if (properties.Type === 'COGNITO_USER_POOLS') {
      await replaceIssuers(context, (properties.ProviderARNs ?? []).map(userPoolIssuer));
    }
    const config = oauthConfigOf(services.lambda.get(functionOf(properties.AuthorizerUri) ?? '')?.environment);
    if (config) services.restApis.setPublicUrl(publicUrlOf(config), properties.RestApiId);
    return { physicalId: id, attributes: { AuthorizerId: id } };
  },
  (context, { physicalId }) => void apiOf(context)?.authorizers.delete(physicalId),
);

export const gatewayResponse = upsertType(
  (context) => {
    const id = shortId(context);
    apiOf(context)?.gatewayResponses.set(id, context.properties);
    return { physicalId: id, attributes: { Id: id } };
  },
  (context, { physicalId }) => void apiOf(context)?.gatewayResponses.delete(physicalId),
);

/** The local runner always serves the current methods, so an `AWS::ApiGateway::Deployment` has no effect. */
export const deployment = upsertType((context) => {
  const id = shortId(context);
  return { physicalId: id, attributes: { DeploymentId: id } };
});

export const stage = upsertType(
  (context) => {
    const { StageName } = context.properties;
    apiOf(context)?.stages.set(StageName, context.properties);
    context.services.restApis.publish();
    return { physicalId: StageName };
  },
  (context, { physicalId }) => {
    apiOf(context)?.stages.delete(physicalId);
    context.services.restApis.publish();
  },
);

export const domainName = upsertType((context) => {
  const { DomainName } = context.properties;
  const { region } = context.stack.environment;
  const target = `d-${shortId(context)}.execute-api.${region}.${URL_SUFFIX}`;
  return {
    physicalId: DomainName,
    attributes: {
      RegionalDomainName: target,
      DistributionDomainName: target,
      RegionalHostedZoneId: 'Z1UJRXOUMOOFQ8',
      DistributionHostedZoneId: 'Z2FDTNDATAQYW2',
      DomainNameArn: context.arn('apigateway', `/domainnames/${DomainName}`),
    },
  };
});

export const basePathMapping = upsertType(
  (context) => {
    const { DomainName, BasePath, RestApiId } = context.properties;
    const id = shortId(context);
    const basePath = BasePath && BasePath !== '(none)' ? `/${BasePath}` : '';
    context.services.restApis.setMapping(id, { domainName: DomainName, basePath, apiId: RestApiId });
    return { physicalId: id };
  },
  ({ services }, { physicalId }) => services.restApis.removeMapping(physicalId),
);

export const apiKey = upsertType(
  (context) => {
    const id = shortId(context);
    context.services.restApis.setKey(id, context.properties.Value);
    return { physicalId: id, attributes: { APIKeyId: id } };
  },
  ({ services }, { physicalId }) => services.restApis.removeKey(physicalId),
);

export const usagePlan = upsertType(
  (context) => {
    const id = shortId(context);
    const { ApiStages = [] } = context.properties;
    context.services.restApis.setPlan(
      id,
      ApiStages.map(({ ApiId, Stage }: { ApiId: string; Stage: string }) => `${ApiId}/${Stage}`),
    );
    return { physicalId: id, attributes: { Id: id } };
  },
  ({ services }, { physicalId }) => services.restApis.removePlan(physicalId),
);

export const usagePlanKey = upsertType(
  ({ properties, services }) => {
    const { KeyId, UsagePlanId } = properties;
    services.restApis.addToPlan(UsagePlanId, KeyId);
    return { physicalId: `${KeyId}:${UsagePlanId}`, attributes: { Id: `${KeyId}:${UsagePlanId}` } };
  },
  ({ properties, services }) => services.restApis.removeFromPlan(properties.UsagePlanId, properties.KeyId),
);

function apiOf({ properties, services }: ResourceContext): RestApiModel | undefined {
  return services.restApis.get(properties.RestApiId);
}
