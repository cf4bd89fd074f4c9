import { evaluateCondition, NO_VALUE, resolve, type Scope } from '../assembly/intrinsics.js';
import { isSsmType, type ParameterValues, parameterValue } from '../assembly/parameters.js';
import type { Template } from '../assembly/template.js';
import { type Environment, PARTITION, URL_SUFFIX } from '../environment.js';
import { NotRunError } from '../resources/not-run.js';
import type { ReturnValues } from '../resources/resource-type.js';
import { type ConfigurationValues, resolveDynamicReferences, ssmReference } from './dynamic-references.js';

export interface StackIdentity {
  readonly name: string;
  /** ARN. */
  readonly id: string;
  readonly environment: Environment;
}

/** The SSM parameter with the CDK bootstrap version. Its value is higher than any required version. */
const BOOTSTRAP_PARAMETER = /^\/cdk-bootstrap\/[^/]+\/version$/;
const BOOTSTRAP_VERSION = '1000';

/** Resolves the names in a template for one stack. */
export class StackScope implements Scope {
  readonly region: string;
  readonly mappings: Scope['mappings'];
  private readonly conditions = new Map<string, boolean>();

  /**
   * @param returnValuesOf returns the values of a resource, or placeholders if it does not run here
   * @param placeholderOf returns placeholders for the values of a resource
   * @param importedValue returns the value of an export
   * @param outputOf returns the value of an output of a stack
   * @param configuration returns the values of SSM parameters and secrets
   */
  constructor(
    private readonly stack: StackIdentity,
    private readonly template: Template,
    private readonly parameters: ParameterValues,
    private readonly returnValuesOf: (logicalId: string) => ReturnValues,
    private readonly placeholderOf: (logicalId: string) => ReturnValues,
    private readonly importedValue: (name: string, isArn?: boolean) => unknown,
    private readonly outputOf: (stackName: string, outputName: string) => unknown,
    private readonly configuration: ConfigurationValues,
  ) {
    this.region = stack.environment.region;
    this.mappings = template.Mappings ?? {};
  }

  ref(name: string): unknown {
    if (name.startsWith('AWS::')) return this.pseudoParameter(name);
    const parameter = this.template.Parameters?.[name];
    if (!parameter) return this.returnValuesOf(name).physicalId;
    const value = this.parameters[name] ?? parameter.Default;
    if (value === undefined)
      throw new NotRunError(`parameter ${name} has no default value`, `pass --parameters ${name}=<value>`);
    if (!isSsmType(parameter.Type)) return parameterValue(parameter, value);
    if (BOOTSTRAP_PARAMETER.test(String(value))) return BOOTSTRAP_VERSION;
    return parameterValue(parameter, ssmReference(String(value), this.configuration));
  }

  attribute(logicalId: string, name: string): unknown {
    const attributes = this.returnValuesOf(logicalId).attributes ?? {};
    return attributes[name] ?? nestedAttribute(attributes, name) ?? this.placeholderOf(logicalId).attributes?.[name];
  }

  importValue(name: string, isArn?: boolean): unknown {
    return this.importedValue(name, isArn);
  }

  stackOutput(stackName: string, outputName: string): unknown {
    return this.outputOf(stackName, outputName);
  }

  condition(name: string): boolean {
    let value = this.conditions.get(name);
    if (value === undefined) {
      value = this.evaluate(name);
      this.conditions.set(name, value);
    }
    return value;
  }

  resolve(value: unknown): unknown {
    return resolveDynamicReferences(resolve(value, this), this.configuration);
  }

  /** A condition that cannot be evaluated here is false, with a warning. */
  private evaluate(name: string): boolean {
    try {
      const condition = this.template.Conditions?.[name];
      if (condition === undefined) throw new NotRunError('the template does not have it');
      return evaluateCondition(condition, this);
    } catch (error) {
      const { message, remedy } = error as NotRunError;
      const cause = remedy ? `${message}: ${remedy}` : message;
      this.configuration.warn(`${this.stack.name}: the condition ${name} is assumed to be false: ${cause}`);
      return false;
    }
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
        throw new Error(`unknown pseudo parameter ${name}`);
    }
  }
}

/** Returns the attribute at a path with dots, such as `Data.key` of a custom resource. */
function nestedAttribute(attributes: Readonly<Record<string, unknown>>, name: string): unknown {
  return name
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], attributes);
}
