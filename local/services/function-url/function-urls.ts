import { createHash } from 'node:crypto';
import { ENV } from '../../../src/private/contract.js';
import { DOMAIN_PLACEHOLDER, FUNCTION_URL_ORIGIN } from '../../../src/private/oauth.js';
import { type UrlRole, urlRole } from '../../assembly/mcp-urls.js';
import { toDecision } from '../../calls/decision.js';
import type { Environment } from '../../environment.js';
import type { FrontOptions } from '../http/front-options.js';
import { type AccessDecision, type AccessRequest, evaluateAccess, evaluateServiceAccess } from '../iam/evaluator.js';
import { globalConditionKeys } from '../iam/global-condition-keys.js';
import { missingUrlGrant } from '../iam/missing-grant.js';
import type { FunctionDefinition } from '../lambda/function.js';
import type { FunctionUrlDefinition } from './definition.js';
import { FunctionUrlServer, type FunctionUrlServerOptions, type UrlDenial } from './function-url-server.js';

/** A function URL that is served. */
export interface ServedUrl {
  /** Id of the URL: the first part of its domain name on AWS. */
  readonly id: string;
  readonly server: FunctionUrlServer;
  readonly environment: Environment;
  /** What the URL of an MCP server is for; absent for other functions. */
  readonly role?: UrlRole;
}

/** A check of the permissions of a request. */
interface UrlCheck {
  readonly principal: string;
  readonly trace: string | undefined;
  /** The grant to add to the app. */
  readonly hint: string;
  readonly evaluate: (access: AccessRequest) => AccessDecision;
}

/** Caller of a function URL without authorization. */
const ANYONE = 'anonymous';
/** Length of the ids of function URLs. */
const ID_LENGTH = 32;

/** The function URLs of the templates. Each has a port from its creation on. */
export class FunctionUrls {
  private readonly urls = new Map<string, ServedUrl>();

  constructor(private readonly options: FrontOptions) {}

  get served(): readonly ServedUrl[] {
    return [...this.urls.values()];
  }

  /** Creates or updates the URL of a function. That of an MCP server uses the first port. */
  async put(definition: FunctionUrlDefinition, environment: Environment): Promise<ServedUrl> {
    const existing = this.urls.get(definition.functionArn);
    if (existing) {
      existing.server.definition = definition;
      return existing;
    }
    const { lambda, ports } = this.options;
    const role = urlRole(lambda.find(definition.functionArn)?.environment);
    const id = idOf(definition.functionArn);
    const server = this.serverOf({ id, environment, role }, definition);
    await ports.listen(server, role === 'mcp');
    const url = { id, server, environment, role };
    this.urls.set(definition.functionArn, url);
    return url;
  }

  async remove(functionArn: string): Promise<void> {
    const { server } = this.urls.get(functionArn) ?? {};
    this.urls.delete(functionArn);
    if (!server) return;
    const { port } = server;
    await server.close();
    this.options.ports.release(port);
  }

  /** Replaces the function URLs of AWS in a text with the local ones, and the scheme of those that a function completes. */
  readonly toLocal = (text: string): string =>
    this.served.reduce(
      (local, { id, server, environment }) => local.replaceAll(`https://${domainName(id, environment)}`, server.origin),
      text.replaceAll(FUNCTION_URL_ORIGIN, `http://${DOMAIN_PLACEHOLDER}`),
    );

  /** Returns the variables of a function with the address of its URL, where they have a placeholder for it. */
  withOwnAddress({ arn, environment }: FunctionDefinition): FunctionDefinition['environment'] {
    const { server } = this.urls.get(arn) ?? {};
    const config = environment[ENV.OAUTH];
    if (!server || config === undefined) return environment;
    return { ...environment, [ENV.OAUTH]: config.replaceAll(DOMAIN_PLACEHOLDER, new URL(server.origin).host) };
  }

  async close(): Promise<void> {
    await Promise.all([...this.urls.keys()].map((functionArn) => this.remove(functionArn)));
  }

  private serverOf(url: Omit<ServedUrl, 'server'>, definition: FunctionUrlDefinition): FunctionUrlServer {
    const { enforceAuth, developer, iam, lambda, issuers, recorder, console, onLog } = this.options;
    const { id, environment, role } = url;
    const options: FunctionUrlServerOptions = {
      ...environment,
      id,
      enforceAuth,
      developer,
      credentialsOf: (accessKeyId) => iam.keyOwner(accessKeyId),
      checkAccess: (current, userArn, trace) =>
        userArn === undefined ? this.checkPublic(current, trace) : this.checkCaller(current, url, userArn, trace),
      invoke: ({ definition: { functionArn }, payload, signal, trace }) =>
        lambda.invoke(functionArn, payload, { signal, trace }),
      ...(!enforceAuth && {
        developerContext: () => issuers.developerOf(lambda.get(definition.functionArn)?.environment),
      }),
      ...(recorder && role === 'mcp' && { record: (request, res) => recorder.request(request, res) }),
      ...(role === 'mcp' && { console }),
      onLog,
    };
    return new FunctionUrlServer(options, definition);
  }

  /** Checks that the resource-based policy of the function lets anyone use the URL. */
  private checkPublic(definition: FunctionUrlDefinition, trace: string | undefined): UrlDenial | undefined {
    const policy = this.options.lambda.resourcePolicy(definition.functionArn);
    const hint = `the function's policy must allow * both: the CDK's fn.addFunctionUrl() with authType NONE adds them`;
    const evaluate = (access: AccessRequest) => evaluateServiceAccess(ANYONE, access, policy);
    return this.checkBoth(definition, { principal: ANYONE, trace, hint, evaluate });
  }

  private checkCaller(
    definition: FunctionUrlDefinition,
    { environment, role }: Omit<ServedUrl, 'server'>,
    userArn: string,
    trace: string | undefined,
  ): UrlDenial | undefined {
    const { iam, lambda } = this.options;
    const caller = iam.callerByArn(userArn);
    const hint = missingUrlGrant(role, iam.pathOf(userArn));
    if (!caller) return { message: `${userArn} does not exist`, hint };
    const keys = globalConditionKeys(caller, environment.region);
    const policy = lambda.resourcePolicy(definition.functionArn);
    const evaluate = (access: AccessRequest) =>
      evaluateAccess(caller, { ...access, context: { ...keys, ...access.context } }, policy);
    return this.checkBoth(definition, { principal: userArn, trace, hint, evaluate });
  }

  /** Evaluates and records both permissions that a request requires. Returns the first denial. */
  private checkBoth(
    definition: FunctionUrlDefinition,
    { principal, trace, hint, evaluate }: UrlCheck,
  ): UrlDenial | undefined {
    for (const access of permissionsOf(definition)) {
      const decision = evaluate(access);
      this.options.recorder?.permission(
        trace,
        toDecision(principal, access, decision, () => hint),
      );
      if (!decision.allowed) return { message: denied(principal, access, decision.reason), hint };
    }
    return undefined;
  }
}

/** Returns the permissions that a request to a function URL requires. */
function permissionsOf({ functionArn, authType }: FunctionUrlDefinition): AccessRequest[] {
  return [
    {
      action: 'lambda:InvokeFunctionUrl',
      resource: functionArn,
      context: { 'lambda:FunctionUrlAuthType': authType },
    },
    { action: 'lambda:InvokeFunction', resource: functionArn, context: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  ];
}

/** Returns the domain name of a function URL on AWS. */
export function domainName(id: string, { region }: Environment): string {
  return `${id}.lambda-url.${region}.on.aws`;
}

/** Returns an id in the form of Lambda: lowercase letters and digits. */
function idOf(functionArn: string): string {
  const digest = createHash('sha256').update(functionArn).digest();
  return [...digest.subarray(0, ID_LENGTH)].map((byte) => (byte % 36).toString(36)).join('');
}

function denied(principal: string, { action, resource }: { action: string; resource: string }, reason: string): string {
  return `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
}
