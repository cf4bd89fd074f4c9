import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { McpLambdaServerProps } from '../../mcp-lambda-server-props';
import type { HandlerSettings } from './functions';

/** The context that the parts of one server share. */
export interface ServerContext {
  readonly props: McpLambdaServerProps;
  readonly serverName: string;
  readonly serverId: string;
  readonly settings: HandlerSettings;
  readonly registryTable: dynamodb.ITable;
  readonly sessionTable: dynamodb.ITable;
  readonly runtimeRole: iam.Role;
  /** The environment of all server functions. */
  readonly environment: { [name: string]: string | undefined };
  /** The environment of the functions that serve MCP. */
  readonly mcpEnvironment: { [name: string]: string | undefined };
}

/** Grants permission to use a key of the user's, if any. */
export function allowKey(key: kms.IKey | undefined, grantee: iam.IGrantable, actions: string[]): void {
  key?.grant(grantee, ...actions);
}
