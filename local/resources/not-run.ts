/** A resource that does not run here, with the reason and what would make it run. */
export interface NotRun {
  /** Construct path. */
  readonly path: string;
  /** CloudFormation resource type. */
  readonly type: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Thrown when the local runner cannot run a resource. The rest of the app runs. */
export class NotRunError extends Error {
  constructor(
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }
}

/** Thrown when a deployment would fail on AWS, too, or the MCP server cannot run. It ends the start of the app. */
export class DeploymentError extends Error {}

/** What the runner does not know of a template with `Fn::Transform`, `Transform` or a macro. */
export const TRANSFORM_NOT_RUN = {
  reason: 'transforms and macros of CloudFormation do not run here',
  remedy: 'deploy',
} satisfies Pick<NotRun, 'reason' | 'remedy'>;

const NOT_EMULATED = 'the local runner does not emulate it';
const CALL_THE_FUNCTION = 'call the function through its tool';
const REST_API = 'add a REST API or a function URL, or call the function through its tool';

/** Reasons and remedies by resource type, first match. */
const TYPES: ReadonlyArray<readonly [pattern: RegExp, reason: string, remedy: string]> = [
  [/^AWS::Lambda::EventSourceMapping$/, 'event sources do not trigger functions here', CALL_THE_FUNCTION],
  [
    /^AWS::(Pipes|SNS::Subscription|IoT::TopicRule)\b/,
    'event sources do not trigger functions here',
    CALL_THE_FUNCTION,
  ],
  [/^AWS::ApiGatewayV2::/, 'HTTP and WebSocket APIs are not served here', REST_API],
  [/^AWS::(EFS|FSx)::/, 'file systems are not mounted here', 'deploy'],
  [/^AWS::(Code|ImageBuilder)/, 'deployment tools do not run here', 'cdk deploy'],
];

/** SigV4 names of services that differ from the service in the resource type. */
const SIGNING_NAMES: Readonly<Record<string, string>> = {
  ElasticLoadBalancingV2: 'elasticloadbalancing',
  MSK: 'kafka',
  OpenSearchServerless: 'aoss',
  OpenSearchService: 'es',
  StepFunctions: 'states',
};

/** Returns why resources of an unsupported type do not run here, and what would make them run. */
export function unsupportedType(type: string): Pick<NotRun, 'reason' | 'remedy'> {
  const known = TYPES.find(([pattern]) => pattern.test(type));
  if (known) return { reason: known[1], remedy: known[2] };
  const [, service = type] = type.split('::');
  const name = SIGNING_NAMES[service] ?? service.toLowerCase();
  return { reason: NOT_EMULATED, remedy: `deploy it, and call it with --passthrough ${name}` };
}
