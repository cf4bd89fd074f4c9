import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { IMcpLambdaServer } from '../../mcp-lambda-server-interface';
import type { Endpoint } from './endpoint';

/** The parts of a server with metrics and logs of their own. */
export interface MonitoredParts {
  readonly functions: readonly lambda.IFunction[];
  readonly tables: readonly dynamodb.ITable[];
  readonly logGroup: logs.ILogGroup;
}

/** A server as alarms and dashboards see it. */
export interface Monitored {
  readonly server: IMcpLambdaServer;
  readonly hasSse: boolean;
  readonly endpoint: Endpoint;
  /** Undefined for an imported server, whose functions have no known names. */
  readonly parts?: MonitoredParts;
}
