import { App, type AppProps, type CfnElement, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct, IConstruct } from 'constructs';

/** An app without asset staging. */
export function testApp(props: AppProps = {}): App {
  return new App({ ...props, context: { 'aws:cdk:disable-asset-staging': true, ...props.context } });
}

export function testStack(id = 'Test', props?: StackProps): Stack {
  return new Stack(testApp(), id, props);
}

/** A handler. */
export function testFunction(scope: Construct, id = 'Fn', environment?: { [name: string]: string }): lambda.Function {
  return new lambda.Function(scope, id, {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => "ok";'),
    environment,
  });
}

export type Properties = { [name: string]: any };

/** The only resource of a type, or the only one with the properties `matching`. */
export function one(stack: Stack, type: string, matching: Properties = {}): { id: string; Properties: Properties } {
  const found = Object.entries(Template.fromStack(stack).findResources(type, { Properties: matching }));
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type}`);
  const [id, resource] = found[0]!;
  return { id, Properties: resource.Properties };
}

/** The environment variables of a function. */
export function environmentOf(fn: lambda.Function): { [name: string]: unknown } {
  const stack = Stack.of(fn);
  const id = logicalId(fn);
  return Template.fromStack(stack).findResources('AWS::Lambda::Function')[id]!.Properties.Environment.Variables;
}

/** The properties of the resource of an L2 construct. */
export function propertiesOf(construct: IConstruct): Properties {
  const template = Template.fromStack(Stack.of(construct)).toJSON();
  return template.Resources[logicalId(construct)].Properties;
}

export function logicalId(construct: IConstruct): string {
  return Stack.of(construct).resolve((construct.node.defaultChild as CfnElement).logicalId);
}

/** A policy statement in short form: actions, resources with logical ids in braces, conditions. */
export interface ShortStatement {
  readonly actions: string[];
  readonly resources: string[];
  readonly conditions?: Properties;
}

/** The statements of all policies of a role. */
export function statementsOf(role: IConstruct): ShortStatement[] {
  const id = logicalId(role);
  const { Resources } = Template.fromStack(Stack.of(role)).toJSON();
  const policies = Object.values(Resources as { [id: string]: any }).filter(
    ({ Type, Properties }) =>
      ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].includes(Type) &&
      Properties.Roles?.some((each: { Ref?: string }) => each.Ref === id),
  );
  return policies.flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.map((statement: any) => ({
      actions: [statement.Action].flat(),
      resources: [statement.Resource].flat().map(text),
      ...(statement.Condition && { conditions: textIn(statement.Condition) }),
    })),
  );
}

/** An intrinsic function as text, with `{…}` for values that are known only at deployment. */
export function text(value: any): string {
  if (typeof value === 'string') return value;
  if (value.Ref) return `{${value.Ref.replace('AWS::', '')}}`;
  if (value['Fn::GetAtt']) return `{${value['Fn::GetAtt'].join('.')}}`;
  if (value['Fn::Join']) return value['Fn::Join'][1].map(text).join(value['Fn::Join'][0]);
  if (JSON.stringify(value).includes('AWS::StackId')) return '{stack}';
  return JSON.stringify(value);
}

function textIn(value: any): any {
  return Object.fromEntries(
    Object.entries(value).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys as Properties).map(([key, each]) => [
          key,
          Array.isArray(each) ? each.map(text) : text(each),
        ]),
      ),
    ]),
  );
}
