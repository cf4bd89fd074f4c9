import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { McpLambdaServerProps } from '../../mcp-lambda-server-props';
import type { HandlerSettings } from './functions';

/** What the parts of one server share. */
export interface ServerContext {
  readonly props: McpLambdaServerProps;
  readonly serverName: string;
  readonly serverId: string;
  readonly settings: HandlerSettings;
  readonly registryTable: dynamodb.ITable;
  readonly sessionTable: dynamodb.ITable;
  readonly runtimeRole: iam.Role;
  /** Environment that every handler gets. */
  readonly environment: { [name: string]: string | undefined };
  /** Environment of the functions that speak MCP. */
  readonly mcpEnvironment: { [name: string]: string | undefined };
}

/** Lets somebody use the key that encrypts something, if one of the user's does. */
export function allowKey(key: kms.IKey | undefined, grantee: iam.IGrantable, actions: string[]): void {
  key?.grant(grantee, ...actions);
}
