import { isLoopbackUrl, replaceUrl } from '../../assembly/urls.js';
import { toDecision } from '../../calls/decision.js';
import { type Environment, URL_SUFFIX } from '../../environment.js';
import type { KeyMaterial } from '../../state/key-material.js';
import type { FrontOptions } from '../http/front-options.js';
import { evaluateAccess, evaluateServiceAccess } from '../iam/evaluator.js';
import { globalConditionKeys } from '../iam/global-condition-keys.js';
import { missingRouteGrant } from '../iam/missing-grant.js';
import type { PolicyDocument } from '../iam/policy.js';
import type { Invocation } from '../lambda/invocation.js';
import type { ApiKey } from './definition.js';
import { RestApiModel } from './rest-api-model.js';
import { type IntegrationRequest, RestApiServer } from './rest-api-server.js';

/** Principal of API Gateway in resource-based policies. */
const API_GATEWAY = 'apigateway.amazonaws.com';

interface RestApisOptions extends FrontOptions {
  /** API keys without a value in the template. */
  readonly keyMaterial: KeyMaterial;
  /** Idle timeout of streamed responses, in milliseconds. */
  readonly idleTimeoutMs?: number;
  /** Whether integrations have no timeout, because a debugger may hold their functions. */
  readonly unlimited?: boolean;
  /** Shows a warning once. */
  readonly warn: (text: string) => void;
}

/** A base path of a custom domain. */
interface BasePathMapping {
  readonly domainName: string;
  /** Base path, such as `/orders`; an empty text for the root. */
  readonly basePath: string;
  readonly apiId: string;
}

interface ServedApi {
  readonly model: RestApiModel;
  readonly isMcpServer: boolean;
  readonly server: RestApiServer;
  readonly environment: Environment;
}

/** The REST APIs of the templates. Each has a port from its creation on, and serves requests when it has a stage. */
export class RestApis {
  private readonly apis = new Map<string, ServedApi>();
  private readonly keys = new Map<string, string>();
  private readonly mappings = new Map<string, BasePathMapping>();
  /** Ids of the APIs behind addresses that no resource of the app defines, such as a CDN of the developer's own. */
  private readonly publicUrls = new Map<string, string>();
  private readonly plans = new Map<string, { stages: string[]; keys: Set<string> }>();

  constructor(private readonly options: RestApisOptions) {}

  get(id: string): RestApiModel | undefined {
    return this.apis.get(id)?.model;
  }

  /** The APIs with a stage, with the URL of the stage. */
  get served(): Array<{ model: RestApiModel; isMcpServer: boolean; url: string }> {
    return [...this.apis.values()].flatMap(({ model, isMcpServer, server }) => {
      const [stage] = model.stages.keys();
      return stage === undefined ? [] : [{ model, isMcpServer, url: server.url }];
    });
  }

  /** Returns the API keys for the stage of an API. */
  apiKeysOf(apiId: string): ApiKey[] {
    const [stage] = this.apis.get(apiId)?.model.stages.keys() ?? [];
    const plans = [...this.plans.values()].filter(({ stages }) => stages.includes(`${apiId}/${stage}`));
    const ids = new Set(plans.flatMap(({ keys }) => [...keys]));
    return [...ids].flatMap((id) => (this.keys.has(id) ? [{ id, value: this.keys.get(id)! }] : []));
  }

  /** Creates or updates an API. An API that belongs to an MCP server uses the first port. */
  async put(
    id: string,
    environment: Environment,
    properties: RestApiModel['properties'],
    isMcpServer: boolean,
  ): Promise<RestApiModel> {
    const existing = this.apis.get(id);
    if (existing) {
      existing.model.properties = properties;
      return existing.model;
    }
    const model = new RestApiModel(id, `${id.slice(0, 9)}0`, properties);
    const server = await this.listen(model, environment, isMcpServer);
    this.apis.set(id, { model, isMcpServer, server, environment });
    return model;
  }

  async remove(id: string): Promise<void> {
    const { server } = this.apis.get(id) ?? {};
    this.apis.delete(id);
    if (!server) return;
    const { port } = server;
    await server.close();
    this.options.ports.release(port);
  }

  /** Deploys the current state of the models. */
  publish(): void {
    for (const [id, { model, server }] of this.apis) {
      const [stage, ...others] = model.stages.keys();
      if (others.length > 0)
        this.options.warn(`REST API ${model.properties.Name ?? id}: only its stage ${stage} is served`);
      if (stage === undefined) {
        server.deploy(emptyApi(id));
        continue;
      }
      server.deploy(
        model.definition(stage, {
          apiKeys: this.apiKeysOf(id),
          basePaths: this.basePathsOf(id),
          toLocal: this.toLocal,
          developerOf: (arn) => this.options.issuers.developerOf(this.options.lambda.get(arn)?.environment),
        }),
      );
    }
  }

  setKey(id: string, value: string | undefined): void {
    this.keys.set(
      id,
      value ?? this.keys.get(id) ?? this.options.keyMaterial(`api-key/${id}`, 30).toString('base64url'),
    );
  }

  removeKey(id: string): void {
    this.keys.delete(id);
  }

  /** @param stages `<api id>/<stage name>` */
  setPlan(id: string, stages: string[]): void {
    this.plans.set(id, { stages, keys: this.plans.get(id)?.keys ?? new Set() });
  }

  removePlan(id: string): void {
    this.plans.delete(id);
  }

  addToPlan(planId: string, keyId: string): void {
    this.plans.get(planId)?.keys.add(keyId);
  }

  removeFromPlan(planId: string, keyId: string): void {
    this.plans.get(planId)?.keys.delete(keyId);
  }

  /** Maps a base path of a custom domain to an API. */
  setMapping(id: string, mapping: BasePathMapping): void {
    this.mappings.set(id, mapping);
    this.publish();
  }

  removeMapping(id: string): void {
    this.mappings.delete(id);
    this.publish();
  }

  /** Records an address at which clients reach an API, if it is not one of this app's. */
  setPublicUrl(url: string, apiId: string): void {
    if (!isLoopbackUrl(this.toLocal(url))) this.publicUrls.set(url, apiId);
  }

  /** Replaces the public URLs of the APIs, and the issuers, in a text with the local ones. */
  readonly toLocal = (text: string): string => {
    let local = this.options.issuers.toLocal(text);
    for (const [url, apiId] of this.publicUrls) local = replaceUrl(local, url, this.apis.get(apiId)?.server.url ?? url);
    const mappings = [...this.mappings.values()].sort((a, b) => b.basePath.length - a.basePath.length);
    for (const { domainName, basePath, apiId } of mappings) {
      const api = this.apis.get(apiId);
      if (api) local = replaceUrl(local, `https://${domainName}${basePath}`, api.server.origin + basePath);
    }
    for (const [id, { server, environment }] of this.apis) {
      local = local.replaceAll(`https://${id}.execute-api.${environment.region}.${URL_SUFFIX}`, server.origin);
    }
    return local;
  };

  async close(): Promise<void> {
    await Promise.all([...this.apis.keys()].map((id) => this.remove(id)));
  }

  private basePathsOf(id: string): string[] {
    return [...this.mappings.values()].filter(({ apiId }) => apiId === id).map(({ basePath }) => basePath);
  }

  private async listen(model: RestApiModel, environment: Environment, isMcpServer: boolean): Promise<RestApiServer> {
    const { enforceAuth, developer, idleTimeoutMs, unlimited, iam, recorder, onLog } = this.options;
    const server = new RestApiServer({
      ...environment,
      api: emptyApi(model.id),
      enforceAuth,
      developer,
      idleTimeoutMs,
      unlimited,
      credentialsOf: (accessKeyId) => iam.keyOwner(accessKeyId),
      verifyToken: (issuer, token) => this.options.issuers.verify(issuer, token),
      authorizeIam: (userArn, methodArn, trace) => this.isAuthorized(userArn, methodArn, { model, environment, trace }),
      missingGrantOf: (userArn, methodArn) => missingRouteGrant(methodArn, iam.pathOf(userArn)),
      ...(recorder && isMcpServer && { record: (request, res) => recorder.request(request, res) }),
      ...(isMcpServer && { console: this.options.console }),
      invoke: (request) => this.invoke(request, environment),
      onLog,
    });
    await this.options.ports.listen(server, isMcpServer);
    return server;
  }

  private isAuthorized(
    userArn: string,
    methodArn: string,
    { model, environment, trace }: { model: RestApiModel; environment: Environment; trace?: string },
  ): boolean {
    const caller = this.options.iam.callerByArn(userArn);
    if (!caller) return false;
    const context = globalConditionKeys(caller, environment.region);
    const policy = withAbsoluteResources(model.properties.Policy, methodArn.split('/')[0]);
    const access = { action: 'execute-api:Invoke', resource: methodArn, context };
    const decision = evaluateAccess(caller, access, policy);
    this.options.recorder?.permission(
      trace,
      toDecision(userArn, access, decision, () => missingRouteGrant(methodArn, this.options.iam.pathOf(userArn))),
    );
    return decision.allowed;
  }

  /** Invokes a function if its resource-based policy allows API Gateway to. */
  private async invoke(request: IntegrationRequest, { accountId }: Environment): Promise<Invocation> {
    const { functionArn, sourceArn, payload, signal, trace } = request;
    const { lambda, recorder } = this.options;
    const access = {
      action: 'lambda:InvokeFunction',
      resource: functionArn,
      context: { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': accountId },
    };
    const decision = evaluateServiceAccess(API_GATEWAY, access, lambda.resourcePolicy(functionArn));
    recorder?.permission(trace, toDecision(API_GATEWAY, access, decision));
    if (!decision.allowed) {
      throw new Error(`${API_GATEWAY} (${sourceArn}) may not invoke ${functionArn}, ${decision.reason}`);
    }
    return lambda.invoke(functionArn, payload, { signal, trace });
  }
}

/** The definition of an API without a stage. */
function emptyApi(apiId: string) {
  return { apiId, stage: '-', routes: [] };
}

/** Expands relative resources (`execute-api:/stage/GET/path`) in the resource policy of an API. */
function withAbsoluteResources(policy: unknown, apiArn: string): PolicyDocument | undefined {
  return policy ? JSON.parse(JSON.stringify(policy).replaceAll('"execute-api:/', `"${apiArn}/`)) : undefined;
}
