import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { ENV } from '../contract';
import { allow } from './functions';
import { SESSION_HTTP } from './permissions';
import type { ServerContext } from './server-context';

/** The sessions of 2025 clients on `/mcp`: on, off, or on from the first declared registration that needs them. */
export class HttpSessions {
  private enabled = false;

  public constructor(
    private readonly context: ServerContext,
    private readonly httpFunction: lambda.Function,
  ) {
    if (context.props.sessions) this.enable();
  }

  /** Turns sessions on, unless the server's owner has turned them off. */
  public require(): void {
    if (this.context.props.sessions !== false) this.enable();
  }

  private enable(): void {
    if (this.enabled) return;
    this.enabled = true;
    const { props, runtimeRole, sessionTable } = this.context;
    this.httpFunction.addEnvironment(ENV.HTTP_SESSIONS, 'on');
    // included in the permissions of SSE sessions
    if (props.legacySse === false) allow(runtimeRole, SESSION_HTTP, sessionTable.tableArn);
  }
}
