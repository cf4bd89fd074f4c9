import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { ENV } from '../contract';
import type { AccessRule } from '../registration';
import { allow } from './functions';
import { KEY_READ, REGISTRY_READ } from './permissions';
import { allowKey, type ServerContext } from './server-context';

/** The access rules that the app declares. Others may come from the Registration API. */
export class AccessRules {
  /** The scopes that the rules name. */
  public readonly scopes = new Set<string>();

  public constructor(private readonly context: ServerContext) {
    const { defaultAccess } = context.props;
    if (defaultAccess) this.use(defaultAccess._render());
  }

  /** Adds a rule. */
  public use(rule: AccessRule): void {
    for (const scope of scopesOf(rule)) this.scopes.add(scope);
  }

  /**
   * Lets an authorizer of this library check the tool that a request names in its headers, so that clients get a challenge with the scopes
   * that they lack.
   */
  public checkBy(authorizer: lambda.Function): void {
    const { registryTable, mcpEnvironment } = this.context;
    allow(authorizer.role!, REGISTRY_READ, registryTable.tableArn);
    allowKey(registryTable.encryptionKey, authorizer.role!, KEY_READ, 'dynamodb');
    authorizer.addEnvironment(ENV.REGISTRY_TABLE, registryTable.tableName);
    const defaultAccess = mcpEnvironment[ENV.DEFAULT_ACCESS];
    if (defaultAccess !== undefined) authorizer.addEnvironment(ENV.DEFAULT_ACCESS, defaultAccess);
  }
}

function scopesOf(rule: AccessRule): readonly string[] {
  if ('anyOf' in rule) return rule.anyOf.flatMap(scopesOf);
  if ('allOf' in rule) return rule.allOf.flatMap(scopesOf);
  return 'scopes' in rule ? rule.scopes : [];
}
