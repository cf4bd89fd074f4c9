import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { ENV } from '../contract';
import { allow } from './functions';
import { SESSION_HTTP } from './permissions';
import type { ServerContext } from './server-context';

/** What turns sessions on, per server that leaves it to its registrations. */
const SWITCHES = new WeakMap<IConstruct, () => void>();

/** Gives the 2025 clients of `/mcp` sessions: always, never, or from the first declared registration that asks the client. */
export function defineHttpSessions(
  server: IConstruct,
  { props, runtimeRole, sessionTable }: ServerContext,
  httpFunction: lambda.Function,
): void {
  const turnOn = () => {
    httpFunction.addEnvironment(ENV.HTTP_SESSIONS, 'on');
    if (props.legacySse === false) allow(runtimeRole, SESSION_HTTP, sessionTable.tableArn); // SSE sessions take more
  };
  if (props.sessions) turnOn();
  else if (props.sessions === undefined) SWITCHES.set(server, turnOn);
}

/** Notes that a registration on `server` asks the client, for which a 2025 client needs a session. */
export function needHttpSessions(server: IConstruct): void {
  SWITCHES.get(server)?.();
  SWITCHES.delete(server);
}
