import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { ENV } from '../contract';
import type { AccessRule } from '../registration';
import { allow } from './functions';
import { KEY_READ, REGISTRY_READ } from './permissions';
import { allowKey, type ServerContext } from './server-context';

/**
 * The access rules of a server: used from the first declared rule. An authorizer of this library then checks the tool that a request names
 * in its headers, so that clients get a challenge with the scopes that they lack.
 */
export class AccessRules {
  /** The scopes that the rules name. */
  public readonly scopes = new Set<string>();
  private used = false;
  private authorizer?: lambda.Function;

  public constructor(private readonly context: ServerContext) {
    const { defaultAccess } = context.props;
    if (defaultAccess) this.use(defaultAccess._render());
  }

  /** Adds a rule. */
  public use(rule: AccessRule): void {
    for (const scope of scopesOf(rule)) this.scopes.add(scope);
    if (this.used) return;
    this.used = true;
    this.enable();
  }

  /** Sets the authorizer of clients. */
  public setAuthorizer(authorizer: lambda.Function): void {
    this.authorizer = authorizer;
    this.enable();
  }

  private enable(): void {
    const { authorizer, used } = this;
    if (!authorizer || !used) return;
    const { registryTable, mcpEnvironment } = this.context;
    allow(authorizer.role!, REGISTRY_READ, registryTable.tableArn);
    allowKey(registryTable.encryptionKey, authorizer.role!, KEY_READ, 'dynamodb');
    authorizer.addEnvironment(ENV.ACCESS_RULES, 'on');
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
