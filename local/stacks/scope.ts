import { evaluateCondition, NO_VALUE, resolve, type Scope } from '../assembly/intrinsics.js';
import { type ParameterValues, parameterValue } from '../assembly/parameters.js';
import type { Template } from '../assembly/template.js';
import { type Environment, PARTITION, URL_SUFFIX } from '../environment.js';
import type { Outcome } from '../resources/resource-type.js';

export interface StackIdentity {
  readonly name: string;
  /** ARN. */
  readonly id: string;
  readonly environment: Environment;
}

/** Version of the CDK's bootstrap stack that templates ask SSM for; above any that they need. */
const BOOTSTRAP_VERSION = '1000';

/** A template's names, and what they stand for in one stack. */
export class StackScope implements Scope {
  readonly region: string;
  readonly mappings: Scope['mappings'];
  private readonly conditions = new Map<string, boolean>();

  /**
   * @param outcomeOf what a resource has become; throws for one that has not been made
   * @param exportedValue the value of a name that a stack exports
   */
  constructor(
    private readonly stack: StackIdentity,
    private readonly template: Template,
    private readonly parameters: ParameterValues,
    private readonly outcomeOf: (logicalId: string) => Outcome,
    private readonly exportedValue: (name: string) => unknown,
  ) {
    this.region = stack.environment.region;
    this.mappings = template.Mappings ?? {};
  }

  ref(name: string): unknown {
    if (name.startsWith('AWS::')) return this.pseudoParameter(name);
    const parameter = this.template.Parameters?.[name];
    if (!parameter) return this.outcomeOf(name).physicalId;
    if (parameter.Type.startsWith('AWS::SSM::Parameter::Value')) return BOOTSTRAP_VERSION;
    const value = this.parameters[name] ?? parameter.Default;
    if (value === undefined) throw new Error(`the parameter ${name} has no default value: give it one (--parameters)`);
    return parameterValue(parameter, value);
  }

  attribute(logicalId: string, name: string): unknown {
    const attributes = this.outcomeOf(logicalId).attributes ?? {};
    const value = attributes[name] ?? nested(attributes, name);
    if (value === undefined) {
      throw new Error(`${logicalId} (${this.template.Resources[logicalId]?.Type}) has no attribute ${name} here`);
    }
    return value;
  }

  importValue(name: string): unknown {
    return this.exportedValue(name);
  }

  condition(name: string): boolean {
    let value = this.conditions.get(name);
    if (value === undefined) {
      const condition = this.template.Conditions?.[name];
      if (condition === undefined) throw new Error(`the template has no condition ${name}`);
      value = evaluateCondition(condition, this);
      this.conditions.set(name, value);
    }
    return value;
  }

  resolve(value: unknown): unknown {
    return resolve(value, this);
  }

  private pseudoParameter(name: string): unknown {
    switch (name) {
      case 'AWS::AccountId':
        return this.stack.environment.accountId;
      case 'AWS::Region':
        return this.stack.environment.region;
      case 'AWS::Partition':
        return PARTITION;
      case 'AWS::URLSuffix':
        return URL_SUFFIX;
      case 'AWS::StackId':
        return this.stack.id;
      case 'AWS::StackName':
        return this.stack.name;
      case 'AWS::NotificationARNs':
        return [];
      case 'AWS::NoValue':
        return NO_VALUE;
      default:
        throw new Error(`there is no pseudo parameter ${name}`);
    }
  }
}

/** `GetAtt` reaches into objects by dots: `Data.key` of a custom resource. */
function nested(attributes: Readonly<Record<string, unknown>>, name: string): unknown {
  return name
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], attributes);
}
