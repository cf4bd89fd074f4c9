import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AwsError, sendError } from '../aws-endpoint/errors.js';
import type { BufferedRequest } from '../forward.js';
import { matchesPattern } from '../iam/match.js';
import { LambdaServiceError, throttled } from '../lambda/errors.js';
import type { FunctionDefinition } from '../lambda/function.js';
import { type FunctionError, type Invocation, platformError, RunningInvocation } from '../lambda/invocation.js';
import { CapturedResponse } from './captured-response.js';
import { chance } from './chance.js';
import type { Fault, FaultPlan } from './file.js';
import { failure, throttling } from './service-errors.js';

/** A call of an AWS service by a function. */
export interface AwsCall {
  /** Name of the service in signatures, such as `dynamodb`. */
  readonly service: string;
  /** Such as `PutItem`. */
  readonly operation: string;
  /** Name of the function that calls. */
  readonly caller: string;
  readonly request: BufferedRequest;
}

/** An invocation of a function. */
interface FunctionCall {
  readonly definition: FunctionDefinition;
  readonly arn: string;
  readonly payload: Buffer;
  /** Whether it comes from the queue of asynchronous invocations, which can deliver an event twice. */
  readonly asynchronous: boolean;
}

/** A fault that happened. */
export interface InjectedFault {
  readonly fault: Fault;
  /** What it happened to: `dynamodb:PutItem of Shop/Mcp/HttpFunction`, or `invocation of Shop/Lookup`. */
  readonly target: string;
}

interface FaultsOptions {
  /** Returns the construct path of a function. */
  readonly pathOf: (functionName: string) => string;
  readonly onFault?: (injected: InjectedFault) => void;
}

/** Answer of `ReceiveMessage` that the next call for the same queue gets again. */
type Redelivery = CapturedResponse;

/**
 * Injects the faults of a plan. Called where the endpoint hands a call to a service, and where the runner invokes a function. The n-th call of one
 * kind by one function has the same faults in each run.
 */
export class Faults {
  /** Whether faults happen. They are off while stacks are deployed. */
  enabled = false;
  private readonly happened = new Map<Fault, number>();
  private readonly counts = new Map<string, number>();
  private readonly redeliveries = new Map<string, Redelivery>();

  constructor(
    private readonly plan: FaultPlan,
    private readonly options: FaultsOptions,
  ) {}

  /**
   * Makes a call of a service, with a fault if the plan has one for it.
   * @param act lets the service act, and writes its answer to the response
   */
  async call(call: AwsCall, response: ServerResponse, act: (to: ServerResponse) => Promise<void>): Promise<void> {
    const { service, operation, request } = call;
    const path = this.options.pathOf(call.caller);
    const repeated = operation === 'ReceiveMessage' ? this.redelivery(request) : undefined;
    if (repeated) return repeated.sendTo(response);
    const fault = this.next(`${service}:${operation} of ${path}`, (candidate) => {
      const { service: services, operation: operations, caller } = candidate;
      return matches(services, service) && allows(operations, operation) && allows(caller, path, call.caller);
    });
    if (!fault) return act(response);
    const answered = async (): Promise<CapturedResponse> => {
      const captured = new CapturedResponse(response);
      await act(captured);
      return captured;
    };
    const fail = (error: AwsError) => sendError(error, service, request, response);
    if (fault.when === 'after' && fault.type !== 'delay') await answered();
    switch (fault.type) {
      case 'throttle':
        return fail(throttling(service));
      case 'error':
        return fail(failure(service, fault));
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'noAnswer':
        return closed(response);
      case 'delay': {
        if (fault.when === 'before') await sleep(fault.milliseconds, undefined, { ref: false });
        if (response.destroyed) return; // the client gave up before the service acted
        if (fault.when === 'before') return act(response);
        const answer = await answered();
        await sleep(fault.milliseconds, undefined, { ref: false });
        return answer.sendTo(response);
      }
      case 'duplicate': {
        const answer = await answered();
        if (operation === 'ReceiveMessage') this.redeliveries.set(queueOf(request), answer);
        else await answered();
        return answer.sendTo(response);
      }
    }
  }

  /**
   * Invokes a function, with a fault if the plan has one for it.
   * @param invoke invokes it
   */
  async invocation(call: FunctionCall, invoke: () => Promise<Invocation>): Promise<Invocation> {
    const { definition, asynchronous } = call;
    const path = this.options.pathOf(definition.name);
    const fault = this.next(
      `invocation of ${path}`,
      (candidate) =>
        matches(candidate.function, path, definition.name) && (asynchronous || candidate.type !== 'duplicate'),
    );
    if (!fault) return invoke();
    const ended = async (): Promise<Invocation> => {
      const invocation = await invoke();
      invocation.body.resume();
      await invocation.ended;
      return invocation;
    };
    if (fault.when === 'after' && fault.type !== 'delay') await ended();
    switch (fault.type) {
      case 'throttle':
        throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
      case 'error': {
        const { code, statusCode, message } = failure('lambda', fault);
        throw new LambdaServiceError(code, statusCode, message);
      }
      case 'reset':
        return failed(call, (id) =>
          platformError('Runtime.ExitError', `RequestId: ${id} Error: Runtime exited with error: signal: killed`),
        );
      case 'noAnswer': {
        const seconds = definition.timeoutSeconds;
        await sleep(seconds * 1000, undefined, { ref: false });
        return failed(call, (id) =>
          platformError(
            'Sandbox.Timedout',
            `RequestId: ${id} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
          ),
        );
      }
      case 'delay': {
        if (fault.when === 'before') await sleep(fault.milliseconds, undefined, { ref: false });
        const invocation = await invoke();
        if (fault.when === 'after') await sleep(fault.milliseconds, undefined, { ref: false });
        return invocation;
      }
      case 'duplicate':
        (await invoke()).body.resume();
        return invoke();
    }
  }

  /** Returns the first fault of the plan that happens to a call, and counts the call. */
  private next(target: string, selects: (fault: Fault) => boolean): Fault | undefined {
    if (!this.enabled) return undefined;
    for (const [i, fault] of this.plan.faults.entries()) {
      if (!selects(fault)) continue;
      const happened = this.happened.get(fault) ?? 0;
      if (happened >= fault.times) continue;
      const key = `${i} ${target}`;
      const count = this.counts.get(key) ?? 0;
      this.counts.set(key, count + 1);
      if (chance(this.plan.seed, i, target, count) >= fault.share) continue;
      this.happened.set(fault, happened + 1);
      this.options.onFault?.({ fault, target });
      return fault;
    }
    return undefined;
  }

  private redelivery(request: BufferedRequest): Redelivery | undefined {
    const queue = queueOf(request);
    const answer = this.redeliveries.get(queue);
    this.redeliveries.delete(queue);
    return answer;
  }
}

/** Describes a fault for the log. */
export function describeFault({ fault, target }: InjectedFault): string {
  const { type, when, milliseconds } = fault;
  const side = type === 'throttle' || type === 'duplicate' ? '' : `, ${when} the effect`;
  return `fault: ${type}${type === 'delay' ? ` of ${milliseconds} ms` : ''}${side}: ${target}`;
}

/** Whether one of the patterns matches one of the names. */
function matches(patterns: readonly string[] | undefined, ...names: string[]): boolean {
  return patterns?.some((pattern) => names.some((name) => matchesPattern(pattern, name, {}))) ?? false;
}

/** Whether one of the patterns matches, if any are given. */
function allows(patterns: readonly string[] | undefined, ...names: string[]): boolean {
  return patterns === undefined || matches(patterns, ...names);
}

/** The queue of a `ReceiveMessage` call. */
function queueOf({ body }: BufferedRequest): string {
  return (JSON.parse(body.toString()) as { QueueUrl: string }).QueueUrl;
}

/** Resolves when the client has closed its connection. */
function closed(response: ServerResponse): Promise<void> {
  return response.destroyed ? Promise.resolve() : new Promise((resolve) => response.once('close', resolve));
}

function failed({ payload, arn }: FunctionCall, errorOf: (requestId: string) => FunctionError): Invocation {
  const invocation = new RunningInvocation(payload, arn, undefined);
  invocation.fail(errorOf(invocation.requestId));
  return invocation;
}
