import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ENV, TASK_EVENTS } from '../contract';
import { invalid } from '../errors';
import { allow, handlerFunction, LAMBDA_MAX_TIMEOUT } from './functions';
import { FUNCTION_INVOKE, SESSION_TASKS } from './permissions';
import type { ServerContext } from './server-context';

/** The task runner of a server: defined, not defined, or defined from the first declared tool that runs as a task. */
export class Tasks {
  /** The task runner; undefined unless a tool runs as a task. */
  public runner?: lambda.Function;

  public constructor(
    private readonly server: Construct,
    private readonly context: ServerContext,
    private readonly httpFunction: lambda.Function,
  ) {
    if (context.props.tasks) this.define();
  }

  /** Defines the task runner for a tool; `mandatory`: the tool cannot run in any other way. */
  public require(tool: Construct, mandatory: boolean): void {
    if (this.context.props.tasks !== false) this.define();
    else if (mandatory) {
      throw invalid(
        tool,
        'this tool must run as a task, but the server has tasks: false; remove tasks: false, or use McpTaskSupport.OPTIONAL',
      );
    }
  }

  private define(): void {
    if (this.runner) return;
    const { props, settings, serverName, runtimeRole, sessionTable, mcpEnvironment } = this.context;
    const runner = handlerFunction(this.server, 'TaskRunnerFunction', settings, {
      description: `MCP server ${serverName}: runs tools as tasks`,
      asset: 'task-runner',
      role: runtimeRole,
      timeout: LAMBDA_MAX_TIMEOUT,
      environment: mcpEnvironment,
      // for an invocation that fails before its run begins; a run that has begun does not begin again, so no tool call runs twice
      retryAttempts: 2,
      maxEventAge: Duration.seconds(TASK_EVENTS.MAX_AGE_SECONDS),
      // it invokes itself before its timeout; Lambda's loop detection would stop it after 16 invocations
      recursiveLoop: lambda.RecursiveLoop.ALLOW,
    });
    this.runner = runner;
    if (props.legacySse === false) allow(runtimeRole, SESSION_TASKS, sessionTable.tableArn); // included in the permissions of SSE sessions
    // a separate policy: the function depends on the role's default policy, so that would be a cyclic dependency
    const policy = new iam.Policy(this.server, 'TaskRunnerPolicy', {
      statements: [new iam.PolicyStatement({ actions: FUNCTION_INVOKE, resources: [runner.functionArn] })],
    });
    runtimeRole.attachInlinePolicy(policy); // not by `roles`, which would change a precreated role
    this.httpFunction.addEnvironment(ENV.TASK_RUNNER_ARN, runner.functionArn);
    if (props.taskRetention) {
      this.httpFunction.addEnvironment(ENV.TASK_SECONDS, String(props.taskRetention.toSeconds()));
    }
  }
}
