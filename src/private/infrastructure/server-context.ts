import { Stack } from 'aws-cdk-lib';
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
  /** How the Registration API authorizes callers, for `ENV.AUTHORIZATION`. The clients' authorization is in the environments. */
  readonly registrationAuthorization: string;
  /** The environment of all server functions. */
  readonly environment: { [name: string]: string | undefined };
  /** The environment of the functions that serve MCP. */
  readonly mcpEnvironment: { [name: string]: string | undefined };
}

/** A service that uses a key on behalf of its caller. */
type KeyUser = 'dynamodb' | 's3' | 'sqs';

/** Grants permission to use a key of the user's, if any, through these services of the region only. */
export function allowKey(
  key: kms.IKey | undefined,
  grantee: iam.IGrantable,
  actions: string[],
  ...services: KeyUser[]
): void {
  if (!key) return;
  const { region } = Stack.of(key);
  const { principalStatements, resourceStatements } = key.grant(grantee, ...actions);
  for (const statement of [...principalStatements, ...resourceStatements]) {
    // the domain has a suffix in some partitions
    const via = services.map((service) => `${service}.${region}.amazonaws.com*`);
    statement.addCondition('StringLike', { 'kms:ViaService': via.length === 1 ? via[0] : via });
  }
}
