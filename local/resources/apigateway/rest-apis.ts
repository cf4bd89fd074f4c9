import { randomBytes } from 'node:crypto';
import type { Environment } from '../../environment.js';
import type { ApiKey } from '../../services/apigateway/definition.js';
import {
  createFront,
  type Front,
  type FrontOptions,
  type IntegrationRequest,
} from '../../services/apigateway/front.js';
import { globalContext } from '../../services/aws-endpoint/global-context.js';
import { judge, judgeService } from '../../services/iam/judge.js';
import type { PolicyDocument } from '../../services/iam/policy.js';
import type { IamService } from '../../services/iam/service.js';
import type { Invocation } from '../../services/lambda/invocation.js';
import type { LambdaService } from '../../services/lambda/service.js';
import { RestApiModel } from './model.js';

export interface RestApisOptions {
  /** Port of the first API, the others take those after it; 0 for any that are free. */
  readonly port: number;
  readonly enforceAuth: boolean;
  /** Longest silence of a streamed response, milliseconds. */
  readonly idleTimeoutMs?: number;
  readonly iam: IamService;
  readonly lambda: LambdaService;
  readonly onLog: (text: string) => void;
}

interface Live {
  readonly model: RestApiModel;
  readonly front: Front;
  readonly environment: Environment;
}

/** The REST APIs of the templates. Each has an address from the start; it serves once it has a stage. */
export class RestApis {
  private readonly live = new Map<string, Live>();
  private readonly keys = new Map<string, string>();
  private readonly plans = new Map<string, { stages: string[]; keys: Set<string> }>();

  constructor(private readonly options: RestApisOptions) {}

  get(id: string): RestApiModel | undefined {
    return this.live.get(id)?.model;
  }

  /** The APIs that serve, with the address of their stage. */
  get serving(): Array<{ model: RestApiModel; url: string }> {
    return [...this.live.values()].flatMap(({ model, front }) => {
      const [stage] = model.stages.keys();
      return stage === undefined ? [] : [{ model, url: `${origin(front)}/${stage}` }];
    });
  }

  /** The values of the API keys that open a stage of an API. */
  keysOf(apiId: string): ApiKey[] {
    const [stage] = this.live.get(apiId)?.model.stages.keys() ?? [];
    const plans = [...this.plans.values()].filter(({ stages }) => stages.includes(`${apiId}/${stage}`));
    const ids = new Set(plans.flatMap(({ keys }) => [...keys]));
    return [...ids].flatMap((id) => (this.keys.has(id) ? [{ id, value: this.keys.get(id)! }] : []));
  }

  async put(id: string, environment: Environment, properties: RestApiModel['properties']): Promise<RestApiModel> {
    const live = this.live.get(id);
    if (live) {
      live.model.properties = properties;
      return live.model;
    }
    const model = new RestApiModel(id, `${id.slice(0, 9)}0`, properties);
    const front = await this.listen(model, environment);
    this.live.set(id, { model, front, environment });
    return model;
  }

  async remove(id: string): Promise<void> {
    await this.live.get(id)?.front.close();
    this.live.delete(id);
  }

  /** Puts what the models say now into service. */
  publish(): void {
    for (const [id, { model, front }] of this.live) {
      const [stage, ...others] = model.stages.keys();
      if (others.length > 0) this.options.onLog(`${id} has several stages; only ${stage} is served`);
      front.define(stage === undefined ? closed(id) : model.definition(stage, this.keysOf(id)));
    }
  }

  setKey(id: string, value: string | undefined): void {
    this.keys.set(id, value ?? this.keys.get(id) ?? randomBytes(30).toString('base64url'));
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

  /** Text with the addresses that the APIs would have on AWS replaced by those they have here. */
  readonly toLocal = (text: string): string => {
    let local = text;
    for (const [id, { front, environment }] of this.live) {
      local = local.replaceAll(`https://${id}.execute-api.${environment.region}.amazonaws.com`, origin(front));
    }
    return local;
  };

  async close(): Promise<void> {
    await Promise.all([...this.live.keys()].map((id) => this.remove(id)));
  }

  private async listen(model: RestApiModel, environment: Environment): Promise<Front> {
    const { enforceAuth, idleTimeoutMs, iam, onLog } = this.options;
    const port = this.options.port === 0 ? 0 : this.options.port + this.live.size;
    const options: FrontOptions = {
      ...environment,
      api: closed(model.id),
      port,
      enforceAuth,
      idleTimeoutMs,
      credentialsOf: (accessKeyId) => {
        const credentials = iam.credentials(accessKeyId);
        const caller = iam.caller(accessKeyId);
        return credentials && caller && { credentials, userArn: caller.sessionArn, userId: accessKeyId };
      },
      authorizeIam: (userArn, methodArn) => this.mayCall(userArn, methodArn, model, environment),
      invoke: (request) => this.invoke(request, environment),
      onLog,
    };
    try {
      return await createFront(options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      throw new Error(
        `port ${port} is taken: end what listens there, or choose another with --port (0: any that is free)`,
      );
    }
  }

  private mayCall(userArn: string, methodArn: string, model: RestApiModel, environment: Environment): boolean {
    const caller = this.options.iam.callerByArn(userArn);
    if (!caller) return false;
    const context = globalContext(caller, environment.region);
    const policy = absolute(model.properties.Policy, methodArn.split('/')[0]);
    return judge(caller, { action: 'execute-api:Invoke', resource: methodArn, context }, policy).allowed;
  }

  /** Calls a function as API Gateway: if the function's policy lets it. */
  private async invoke(request: IntegrationRequest, { accountId }: Environment): Promise<Invocation> {
    const { functionArn, sourceArn, payload, signal } = request;
    const { lambda } = this.options;
    const decision = judgeService(
      'apigateway.amazonaws.com',
      {
        action: 'lambda:InvokeFunction',
        resource: functionArn,
        context: { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': accountId },
      },
      { Statement: lambda.policies.statements(lambda.target(functionArn)) },
    );
    if (!decision.allowed) {
      throw new Error(`apigateway.amazonaws.com (${sourceArn}) may not invoke ${functionArn}, ${decision.because}`);
    }
    return lambda.invoke(functionArn, payload, { signal });
  }
}

/** An API that is there but has no stage yet. */
function closed(apiId: string) {
  return { apiId, stage: '-', routes: [] };
}

function origin({ port }: Front): string {
  return `http://127.0.0.1:${port}`;
}

/** An API's policy may name methods as `execute-api:/stage/GET/path`. */
function absolute(policy: unknown, apiArn: string): PolicyDocument | undefined {
  return policy ? JSON.parse(JSON.stringify(policy).replaceAll('"execute-api:/', `"${apiArn}/`)) : undefined;
}
