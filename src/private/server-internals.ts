import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct, IConstruct, IDependable } from 'constructs';
import type { McpAuth } from '../auth';
import { invalid } from './errors';
import type { AccessRules } from './infrastructure/access-rules';
import type { HttpSessions } from './infrastructure/http-sessions';
import type { InvokePolicies } from './infrastructure/invoke-policies';
import type { MonitoredParts } from './infrastructure/monitored';
import type { ServerContext } from './infrastructure/server-context';
import type { Tasks } from './infrastructure/tasks';
import type { ToolMetrics } from './infrastructure/tool-metrics';
import type { AccessRule } from './registration';
import { checkAccess } from './registration/access';
import { requireIdentity } from './validation/limits';

/** The parts of a server that its registrations change. */
export interface ServerParts {
  readonly context: ServerContext;
  readonly sessions: HttpSessions;
  readonly tasks: Tasks;
  readonly toolMetrics: ToolMetrics;
  /** The authorization of clients. */
  readonly auth: McpAuth;
  readonly accessRules: AccessRules;
  readonly invokePolicies: InvokePolicies;
  /** The server functions, which cannot be registered: the server would invoke itself. */
  readonly functions: () => lambda.IFunction[];
  /** Adds a server function. */
  readonly addFunction: (fn: lambda.Function) => void;
}

/**
 * The private interface of a server to its registrations. An imported server has names, but no parts that this app could change:
 * its owner turns on sessions and tasks, and permits invocations.
 */
export class ServerInternals {
  /** The internals of a server, defined by this app or imported. */
  public static of(server: IConstruct): ServerInternals {
    return ServerInternals.BY_SERVER.get(server) ?? ServerInternals.define(server);
  }

  /** Records the parts of a server; an imported server has none. */
  public static define(server: IConstruct, parts?: ServerParts): ServerInternals {
    const internals = new ServerInternals(parts);
    ServerInternals.BY_SERVER.set(server, internals);
    return internals;
  }

  private static readonly BY_SERVER = new WeakMap<IConstruct, ServerInternals>();

  /** Paths of the constructs that have claimed a name or URI. */
  private readonly owners = new Map<string, string>();

  private constructor(private readonly parts?: ServerParts) {}

  /** The context of the server's parts; undefined for an imported server. */
  public get context(): ServerContext | undefined {
    return this.parts?.context;
  }

  /**
   * Claims a name or URI on the server for a registration.
   *
   * @throws if another registration has it
   */
  public claimName(kind: string, value: string, registration: Construct): void {
    this.requireFree(kind, value, registration);
    this.owners.set(`${kind} ${value}`, registration.node.path);
  }

  /**
   * Checks that a name or URI is free on the server.
   *
   * @throws at `scope` if a registration has claimed it
   */
  public requireFree(kind: string, value: string, scope: IConstruct): void {
    const owner = this.owners.get(`${kind} ${value}`);
    if (owner !== undefined) {
      throw invalid(scope, `a ${kind} '${value}' is already on this server, defined at ${owner}; choose another one`);
    }
  }

  /** Turns on the sessions of 2025 clients on `/mcp`, unless the server's owner has turned them off. */
  public requireSessions(): void {
    this.parts?.sessions.require();
  }

  /**
   * Defines the task runner for a tool, unless the server's owner has turned tasks off.
   *
   * @param mandatory whether the tool cannot run in any other way
   * @throws if it is, and tasks are off
   */
  public requireTasks(tool: Construct, mandatory: boolean): void {
    this.parts?.tasks.require(tool, mandatory);
  }

  /**
   * Records that a registration has an access rule.
   *
   * @throws at the registration if the rule applies to no caller of the server
   */
  public useAccess(registration: Construct, rule: AccessRule): void {
    if (!this.parts) return;
    checkAccess(registration, 'access', rule, this.parts.auth);
    this.parts.accessRules.use(rule);
  }

  /**
   * Rejects a property of a registration that has no effect on callers without identity.
   *
   * @throws at the registration if the server does not authenticate callers
   */
  public requireIdentity(registration: Construct, property: string): void {
    requireIdentity(registration, property, this.parts?.auth);
  }

  /** Whether an authorization is that of clients, not that of the Registration API. */
  public authorizesClients(auth: McpAuth): boolean {
    return this.parts?.auth === auth;
  }

  /** The scopes that access rules name, which are complete after the app is constructed. */
  public accessScopes(): string[] {
    return [...(this.parts?.accessRules.scopes ?? [])];
  }

  /**
   * Turns on the metrics of individual tools.
   *
   * @throws at the tool if the server's owner has turned them off
   */
  public requireToolMetrics(tool: Construct): void {
    this.parts?.toolMetrics.require(tool);
  }

  /** Allows the runtime role to invoke a function, and returns the policy that does; undefined for an imported server. */
  public allowInvoke(handler: lambda.IFunction): IDependable | undefined {
    return this.parts?.invokePolicies.allow(handler);
  }

  /** The functions, tables and log group of the server; undefined for an imported server. */
  public monitoredParts(): MonitoredParts | undefined {
    if (!this.parts) return undefined;
    const { context, functions } = this.parts;
    return {
      functions: functions(),
      tables: [context.registryTable, context.sessionTable],
      logGroup: context.settings.logGroup,
    };
  }

  /** Adds a server function. */
  public addFunction(fn: lambda.Function): void {
    this.parts?.addFunction(fn);
  }

  /** Whether a function is one of the server functions. */
  public owns(handler: lambda.IFunction): boolean {
    return this.parts?.functions().includes(handler) ?? false;
  }
}
