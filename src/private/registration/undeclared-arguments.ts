import {
  Annotations,
  Aspects,
  CfnResource,
  DefaultTokenResolver,
  type IAspect,
  type IResolvable,
  Reference,
  StringConcat,
  Tokenization,
} from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct, IConstruct } from 'constructs';

type Schema = { readonly [key: string]: any };

/** A service, or everyone who knows a function URL. */
const OTHER_INVOKER = /\.amazonaws\.com(\.cn)?$|^\*$/;
const MAX_DEPTH = 5;

/**
 * Warns about a tool whose arguments a caller can forge an event with: the function also receives events of a service, and the schema allows
 * arguments that it does not declare. The check runs at synthesis: permissions and event sources can be added until then.
 *
 * @param inputSchema the schema of the tool; without one, all arguments are allowed
 */
export function warnAboutUndeclaredArguments(tool: Construct, handler: lambda.IFunction, inputSchema?: Schema): void {
  if (inputSchema && isClosed(inputSchema, inputSchema)) return;
  Aspects.of(tool).add(new UndeclaredArguments(tool, handler));
}

class UndeclaredArguments implements IAspect {
  public constructor(
    private readonly tool: Construct,
    private readonly handler: lambda.IFunction,
  ) {}

  public visit(node: IConstruct): void {
    if (node !== this.tool) return;
    const fn = functionOf(this.handler);
    const resources = new Set([fn, this.handler].map(({ node: { defaultChild } }) => defaultChild));
    const invokers = invokersIn(this.tool.node.root).filter(({ invoked }) =>
      invoked.some((each) => resources.has(each)),
    );
    if (invokers.length === 0) return;
    const names = [...new Set(invokers.map(({ name }) => name))].join(', ');
    // on a child: the CDK finds an acknowledgement that came before the warning on the scopes above it only
    Annotations.of(this.tool.node.findChild('Resource')).addWarningV2(
      'cdk-mcp-lambda:undeclaredArguments',
      `function '${fn.node.path}' is also invoked by ${names}, and this tool passes on arguments that its inputSchema does not declare: a ` +
        'caller can send requestContext, Records or headers, which the function may trust; set additionalProperties: false in the ' +
        'inputSchema, or an event such as McpEvent.apiGateway()',
    );
  }
}

/** The function of an alias or a version. */
function functionOf(handler: lambda.IFunction): lambda.IFunction {
  return 'lambda' in handler
    ? (handler as lambda.IAlias | lambda.IVersion as { lambda: lambda.IFunction }).lambda
    : handler;
}

interface Invoker {
  readonly name: string;
  /** The resources that the invoker's reference to its function leads to. */
  readonly invoked: readonly (IConstruct | undefined)[];
}

const invokersByRoot = new WeakMap<IConstruct, Invoker[]>();

/** Services and event sources that invoke functions of the app. */
function invokersIn(root: IConstruct): Invoker[] {
  const known = invokersByRoot.get(root);
  if (known) return known;
  const invokers = root.node.findAll().filter(CfnResource.isCfnResource).flatMap(invokerOf);
  invokersByRoot.set(root, invokers);
  return invokers;
}

function invokerOf(resource: CfnResource): Invoker[] {
  const invoker = (name: string, target: unknown) => [{ name, invoked: referencesIn(target, resource) }];
  if (resource instanceof lambda.CfnPermission) {
    const { principal, functionName } = resource;
    if (!OTHER_INVOKER.test(principal)) return [];
    return invoker(principal === '*' ? 'everyone' : principal, functionName);
  }
  if (resource instanceof lambda.CfnEventSourceMapping) return invoker('an event source', resource.functionName);
  if (resource instanceof lambda.CfnUrl) return invoker('its function URL', resource.targetFunctionArn);
  return [];
}

/** The constructs that a value refers to: also the function of an alias or a version. */
function referencesIn(value: unknown, scope: IConstruct): IConstruct[] {
  const resolver = new ReferenceCollector();
  Tokenization.resolve(value, { scope, resolver, preparing: true });
  const qualified = [...resolver.targets].filter(
    (each) => each instanceof lambda.CfnAlias || each instanceof lambda.CfnVersion,
  );
  return [...resolver.targets, ...qualified.flatMap((each) => referencesIn(each.functionName, each))];
}

class ReferenceCollector extends DefaultTokenResolver {
  public readonly targets = new Set<IConstruct>();

  public constructor() {
    super(new StringConcat());
  }

  public override resolveToken(...[token, context, processor]: Parameters<DefaultTokenResolver['resolveToken']>): any {
    if (Reference.isReference(token as IResolvable)) this.targets.add((token as Reference).target);
    return super.resolveToken(token, context, processor);
  }
}

/** Whether a schema allows declared properties only. */
function isClosed(schema: unknown, root: Schema, depth = 0): boolean {
  if (typeof schema !== 'object' || schema === null || depth > MAX_DEPTH) return false;
  const { additionalProperties, unevaluatedProperties, propertyNames, $ref, allOf, anyOf, oneOf } = schema as Schema;
  if (additionalProperties === false || unevaluatedProperties === false || propertyNames !== undefined) return true;
  const closed = (each: unknown) => isClosed(each, root, depth + 1);
  const [, definition] = /^#\/\$defs\/([^/]+)$/.exec($ref ?? '') ?? [];
  return (
    (definition !== undefined && closed(root.$defs?.[definition])) ||
    (Array.isArray(allOf) && allOf.some(closed)) ||
    [anyOf, oneOf].some((branches) => Array.isArray(branches) && branches.length > 0 && branches.every(closed))
  );
}
