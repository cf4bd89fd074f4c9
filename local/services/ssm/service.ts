import type { Environment } from '../../environment.js';
import { type RequiredPermission, requestTags, resourceTags } from '../aws-endpoint/access.js';
import { AwsError } from '../aws-endpoint/errors.js';
import { jsonOperation, parseJson, type ServiceCall, sendJson } from '../aws-endpoint/service-call.js';
import type { BufferedRequest } from '../forward.js';

interface Parameter {
  readonly value: string;
  /** `String`, `StringList` or `SecureString`. */
  readonly type: string;
  readonly version: number;
  readonly modified: number;
  readonly tags: Readonly<Record<string, string>>;
}

type Input = Record<string, any>;
type Operation = (input: Input, environment: Environment) => object;

const DEFAULT_PAGE = 10;

/** SSM Parameter Store in memory: the parameters of the templates, those of `--parameters`, and those that functions put. */
export class SsmService {
  private readonly parameters = new Map<string, Parameter>();
  private readonly operations: Readonly<Record<string, Operation>> = {
    GetParameter: ({ Name }, environment) => ({ Parameter: this.describe(this.existing(Name), environment) }),
    GetParameters: ({ Names = [] }, environment) => ({
      Parameters: (Names as string[])
        .filter((name) => this.parameters.has(this.key(name)))
        .map((name) => this.describe(this.key(name), environment)),
      InvalidParameters: (Names as string[]).filter((name) => !this.parameters.has(this.key(name))),
    }),
    GetParametersByPath: (input, environment) => this.byPath(input, environment),
    PutParameter: (input) => this.putParameter(input),
    DeleteParameter: ({ Name }) => {
      this.parameters.delete(this.existing(Name));
      return {};
    },
    DeleteParameters: ({ Names = [] }) => {
      const names = Names as string[];
      const DeletedParameters = names.filter((name) => this.parameters.delete(this.key(name)));
      return { DeletedParameters, InvalidParameters: names.filter((name) => !DeletedParameters.includes(name)) };
    },
  };

  /** @param given values that take precedence over those of the templates, by name */
  constructor(private readonly given: Readonly<Record<string, string>> = {}) {
    for (const [name, value] of Object.entries(given)) this.put(name, value);
  }

  /** Returns the value of a parameter; undefined for an unknown name. */
  value(name: string): string | undefined {
    return this.parameters.get(this.key(name))?.value;
  }

  /** Creates a parameter, or sets its value. */
  put(name: string, value: string, more: { type?: string; tags?: Parameter['tags'] } = {}): void {
    const previous = this.parameters.get(name);
    this.parameters.set(name, {
      value,
      type: more.type ?? previous?.type ?? 'String',
      version: (previous?.version ?? 0) + 1,
      modified: Math.floor(Date.now() / 1000),
      tags: more.tags ?? previous?.tags ?? {},
    });
  }

  /** Creates or updates a parameter of a template. Returns its value. */
  putFromTemplate(name: string, value: string, more: { type?: string; tags?: Parameter['tags'] }): string {
    const effective = this.given[name] ?? value;
    this.put(name, effective, more);
    return effective;
  }

  delete(name: string): void {
    this.parameters.delete(name);
  }

  parseCall(request: BufferedRequest, environment: Environment): ServiceCall | undefined {
    const name = jsonOperation(request, 'AmazonSSM');
    const operation = name === undefined ? undefined : this.operations[name];
    if (!operation) return undefined;
    const input = parseJson(request.body);
    return {
      permissions: this.permissions(name!, input, environment),
      handle: async (response) => sendJson(response, operation(input, environment)),
    };
  }

  private permissions(operation: string, input: Input, environment: Environment): RequiredPermission[] {
    const names: string[] = input.Names ?? [input.Name ?? input.Path];
    const setTags = Object.fromEntries((input.Tags ?? []).map(({ Key, Value }: Input) => [Key, Value]));
    return names.map((name) => ({
      action: `ssm:${operation}`,
      resource: parameterArn(this.key(name), environment),
      context: { ...resourceTags(this.parameters.get(this.key(name))?.tags), ...requestTags(setTags) },
    }));
  }

  /** Returns the name from a name or ARN, with or without a version or label. In ARNs, all names start with a slash. */
  private key(nameOrArn: string): string {
    const fromArn = /^arn:[^:]*:ssm:[^:]*:[^:]*:parameter(\/.+)$/.exec(nameOrArn)?.[1];
    const name = (fromArn ?? nameOrArn).replace(/:[\w.-]+$/, '');
    return fromArn && !this.parameters.has(name) && this.parameters.has(name.slice(1)) ? name.slice(1) : name;
  }

  /** Returns the name of an existing parameter. */
  private existing(nameOrArn: string): string {
    const name = this.key(nameOrArn);
    if (this.parameters.has(name)) return name;
    const hint = `no stack of the app has the parameter ${name}: start the runner with --parameters ssm:${name}=<value>`;
    throw new AwsError('ParameterNotFound', 400, `Parameter ${name} not found.`, hint);
  }

  private describe(name: string, environment: Environment): object {
    const { value, type, version, modified } = this.parameters.get(name)!;
    return {
      Name: name,
      Type: type,
      Value: value,
      Version: version,
      LastModifiedDate: modified,
      ARN: parameterArn(name, environment),
      DataType: 'text',
    };
  }

  private byPath({ Path, Recursive, MaxResults = DEFAULT_PAGE, NextToken }: Input, environment: Environment): object {
    const prefix = Path.endsWith('/') ? Path : `${Path}/`;
    const inPath = [...this.parameters.keys()]
      .filter((name) => name.startsWith(prefix) && (Recursive || !name.slice(prefix.length).includes('/')))
      .sort();
    const start = Number(NextToken ?? 0);
    const end = start + Number(MaxResults);
    return {
      Parameters: inPath.slice(start, end).map((name) => this.describe(name, environment)),
      ...(end < inPath.length && { NextToken: String(end) }),
    };
  }

  private putParameter({ Name, Value, Type, Overwrite, Tags }: Input): object {
    const name = this.key(Name);
    if (this.parameters.has(name) && !Overwrite) {
      const message =
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.';
      throw new AwsError('ParameterAlreadyExists', 400, message);
    }
    const tags = Tags && Object.fromEntries(Tags.map(({ Key, Value: value }: Input) => [Key, value]));
    this.put(name, String(Value), { type: Type, tags });
    return { Version: this.parameters.get(name)!.version, Tier: 'Standard' };
  }
}

function parameterArn(name: string, { accountId, region }: Environment): string {
  return `arn:aws:ssm:${region}:${accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
}
