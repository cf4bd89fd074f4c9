import { createHash, randomUUID } from 'node:crypto';
import type { Environment } from '../../environment.js';
import { type RequiredPermission, requestTags, resourceTags } from '../aws-endpoint/access.js';
import { AwsError } from '../aws-endpoint/errors.js';
import { jsonOperation, parseJson, type ServiceCall, sendJson } from '../aws-endpoint/service-call.js';
import type { BufferedRequest } from '../forward.js';
import type { PolicyDocument } from '../iam/policy.js';
import { randomPassword } from './random-password.js';

interface Secret {
  readonly name: string;
  /** Text; absent for a binary value. */
  readonly text?: string;
  /** Base64. */
  readonly binary?: string;
  readonly versionId: string;
  readonly previous?: Omit<Secret, 'previous'>;
  readonly description?: string;
  readonly created: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy?: PolicyDocument;
}

type Input = Record<string, any>;
type Operation = (input: Input, environment: Environment) => object;

const MAX_PAGE = 100;
/** Operations without a resource. */
const GLOBAL = new Set(['ListSecrets', 'GetRandomPassword', 'BatchGetSecretValue']);

/** Secrets Manager in memory: the secrets of the templates, those of `--parameters`, and those that functions create. */
export class SecretsManagerService {
  private readonly secrets = new Map<string, Secret>();
  private readonly operations: Readonly<Record<string, Operation>> = {
    GetSecretValue: (input, environment) => this.secretValue(input, environment),
    BatchGetSecretValue: ({ SecretIdList = [] }, environment) => ({
      SecretValues: (SecretIdList as string[]).map((SecretId) => this.secretValue({ SecretId }, environment)),
      Errors: [],
    }),
    DescribeSecret: ({ SecretId }, environment) => this.describe(this.existing(SecretId), environment),
    ListSecrets: ({ MaxResults = MAX_PAGE, NextToken }, environment) => {
      const start = Number(NextToken ?? 0);
      const end = start + Number(MaxResults);
      const all = [...this.secrets.values()];
      return {
        SecretList: all.slice(start, end).map((secret) => this.describe(secret, environment)),
        ...(end < all.length && { NextToken: String(end) }),
      };
    },
    CreateSecret: (input, environment) => this.create(input, environment),
    PutSecretValue: (input, environment) => this.putValue(input, environment),
    UpdateSecret: (input, environment) => this.putValue(input, environment),
    DeleteSecret: ({ SecretId }, environment) => {
      const secret = this.existing(SecretId);
      this.secrets.delete(secret.name);
      return { ...identity(secret.name, environment), DeletionDate: seconds() };
    },
    GetRandomPassword: (input) => ({ RandomPassword: randomPassword(input) }),
  };

  /** @param given values that take precedence over those of the templates, by name */
  constructor(private readonly given: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(given)) this.put(name, text);
  }

  /** Returns the text of a secret, by name or ARN; undefined for an unknown secret. */
  text(nameOrArn: string): string | undefined {
    return this.find(nameOrArn)?.text;
  }

  /** Creates a secret, or sets its value. */
  put(name: string, text: string, more: Partial<Pick<Secret, 'description' | 'tags'>> = {}): void {
    const previous = this.secrets.get(name);
    this.secrets.set(name, { ...version(name, { text }, previous), ...more });
  }

  /** Creates or updates a secret of a template. */
  putFromTemplate(name: string, text: string, more: Partial<Pick<Secret, 'description' | 'tags'>>): void {
    this.put(name, this.given[name] ?? text, more);
  }

  delete(name: string): void {
    this.secrets.delete(name);
  }

  /** Sets the resource policy of a secret; `undefined` removes it. */
  setPolicy(nameOrArn: string, policy: PolicyDocument | undefined): void {
    const secret = this.find(nameOrArn);
    if (secret) this.secrets.set(secret.name, { ...secret, policy });
  }

  parseCall(request: BufferedRequest, environment: Environment): ServiceCall | undefined {
    const name = jsonOperation(request, 'secretsmanager');
    const operation = name === undefined ? undefined : this.operations[name];
    if (!operation) return undefined;
    const input = parseJson(request.body);
    if (name === 'BatchGetSecretValue' && !input.SecretIdList) return undefined;
    return {
      permissions: this.permissions(name!, input, environment),
      handle: async (response) => sendJson(response, operation(input, environment)),
    };
  }

  private permissions(operation: string, input: Input, environment: Environment): RequiredPermission[] {
    const global = { action: `secretsmanager:${operation}`, resource: '*', context: {} };
    const setTags = Object.fromEntries((input.Tags ?? []).map(({ Key, Value }: Input) => [Key, Value]));
    const need = (nameOrArn: string, action = operation): RequiredPermission => {
      const secret = this.find(nameOrArn);
      const name = secret?.name ?? nameOrArn;
      return {
        action: `secretsmanager:${action}`,
        resource: name.startsWith('arn:') ? name : secretArn(name, environment),
        context: {
          ...resourceTags(secret?.tags),
          ...requestTags(setTags),
          'secretsmanager:SecretId': nameOrArn,
          'secretsmanager:VersionStage': input.VersionStage ?? 'AWSCURRENT',
        },
        resourcePolicy: secret?.policy,
      };
    };
    if (operation === 'BatchGetSecretValue') {
      return [global, ...(input.SecretIdList as string[]).map((id) => need(id, 'GetSecretValue'))];
    }
    return GLOBAL.has(operation) ? [global] : [need(String(input.SecretId ?? input.Name))];
  }

  /** Finds a secret by name, ARN, or ARN without the six random characters. */
  private find(nameOrArn: string): Secret | undefined {
    const name = /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:(.+)$/.exec(nameOrArn)?.[1] ?? nameOrArn;
    return this.secrets.get(name) ?? this.secrets.get(name.replace(/-[A-Za-z0-9]{6}$/, ''));
  }

  private existing(nameOrArn: string): Secret {
    const secret = this.find(nameOrArn);
    if (secret) return secret;
    const name = secretName(nameOrArn);
    const hint = `no stack of the app has the secret ${name}: start the runner with --parameters secretsmanager:${name}=<value>`;
    const message = "Secrets Manager can't find the specified secret.";
    throw new AwsError('ResourceNotFoundException', 400, message, hint);
  }

  private secretValue({ SecretId, VersionStage, VersionId }: Input, environment: Environment): object {
    const secret = this.existing(SecretId);
    const stage =
      VersionStage ?? (VersionId && VersionId === secret.previous?.versionId ? 'AWSPREVIOUS' : 'AWSCURRENT');
    const found = stage === 'AWSPREVIOUS' ? secret.previous : secret;
    if (!found || (VersionId && VersionId !== found.versionId)) {
      const message = `Secrets Manager can't find the specified secret value for ${VersionId ?? `staging label: ${stage}`}`;
      throw new AwsError('ResourceNotFoundException', 400, message);
    }
    return {
      ...identity(secret.name, environment),
      VersionId: found.versionId,
      SecretString: found.text,
      SecretBinary: found.binary,
      VersionStages: [stage],
      CreatedDate: found.created,
    };
  }

  private describe(secret: Secret, environment: Environment): object {
    const { description, tags, created, versionId, previous } = secret;
    return {
      ...identity(secret.name, environment),
      Description: description,
      CreatedDate: created,
      LastChangedDate: created,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      VersionIdsToStages: { [versionId]: ['AWSCURRENT'], ...(previous && { [previous.versionId]: ['AWSPREVIOUS'] }) },
    };
  }

  private create({ Name, SecretString, SecretBinary, Description, Tags = [] }: Input, environment: Environment) {
    if (this.secrets.has(Name)) {
      const message = `The operation failed because the secret ${Name} already exists.`;
      throw new AwsError('ResourceExistsException', 400, message);
    }
    const tags = Object.fromEntries(Tags.map(({ Key, Value }: Input) => [Key, Value]));
    const created = version(Name, { text: SecretString, binary: SecretBinary });
    this.secrets.set(Name, { ...created, description: Description, tags });
    return { ...identity(Name, environment), VersionId: created.versionId };
  }

  private putValue({ SecretId, SecretString, SecretBinary, Description }: Input, environment: Environment) {
    const secret = this.existing(SecretId);
    const hasValue = SecretString !== undefined || SecretBinary !== undefined;
    const updated = hasValue ? version(secret.name, { text: SecretString, binary: SecretBinary }, secret) : secret;
    this.secrets.set(secret.name, { ...updated, description: Description ?? secret.description });
    return {
      ...identity(secret.name, environment),
      VersionId: updated.versionId,
      ...(hasValue && { VersionStages: ['AWSCURRENT'] }),
    };
  }
}

/** Returns a new version of a secret. */
function version(name: string, value: Pick<Secret, 'text' | 'binary'>, previous?: Secret): Secret {
  const { previous: _, ...before } = previous ?? {};
  return {
    tags: {},
    ...before,
    name,
    ...value,
    versionId: randomUUID(),
    created: seconds(),
    ...(previous && { previous: before as Omit<Secret, 'previous'> }),
  };
}

/** Returns the ARN of a secret: with six characters, which are the same in every run. */
export function secretArn(name: string, { accountId, region }: Environment): string {
  const suffix = createHash('sha256').update(name).digest('hex').slice(0, 6);
  return `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${suffix}`;
}

/** Returns the name from a name or ARN of a secret. */
export function secretName(nameOrArn: string): string {
  const name = /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:(.+)$/.exec(nameOrArn)?.[1];
  return name === undefined ? nameOrArn : name.replace(/-[A-Za-z0-9]{6}$/, '');
}

function identity(name: string, environment: Environment) {
  return { ARN: secretArn(name, environment), Name: name };
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
