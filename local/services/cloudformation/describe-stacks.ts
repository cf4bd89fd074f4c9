import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Environment } from '../../environment.js';
import type { RequiredPermission } from '../aws-endpoint/access.js';
import { AwsError, escapeXml } from '../aws-endpoint/errors.js';
import type { ServiceCall } from '../aws-endpoint/service-call.js';

/** A resource of a stack, with the physical id that `Ref` returns. */
export interface StackResource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

/** The parts of a stack that CloudFormation's read operations return. */
export interface StackDescription {
  /** ARN of the stack. */
  readonly id: string;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The resources of the stack and of its nested stacks. */
  readonly resources: readonly StackResource[];
}

/** Returns a stack; undefined if it does not exist. */
export type DescribeStack = (stackName: string) => StackDescription | undefined;

/** Formats the members of an operation's result as XML. */
type Format = (name: string, stack: StackDescription) => string;

const OPERATIONS: Readonly<Record<string, Format>> = { DescribeStacks: stackXml, ListStackResources: resourcesXml };

/** `cloudformation:DescribeStacks` of one stack, with its outputs, and `cloudformation:ListStackResources`. */
export function parseCloudFormationCall(
  form: URLSearchParams,
  { accountId, region }: Environment,
  describe: DescribeStack,
): ServiceCall | undefined {
  const operation = form.get('Action') ?? '';
  if (!Object.hasOwn(OPERATIONS, operation)) return undefined;
  const given = form.get('StackName') ?? '';
  const name = /^arn:[^/]+\/([^/]+)/.exec(given)?.[1] ?? given;
  const permission: RequiredPermission = {
    action: `cloudformation:${operation}`,
    resource: `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/*`,
    context: {},
  };
  return {
    permissions: [permission],
    handle: async (response) => send(response, operation, name, describe(name)),
  };
}

function send(response: ServerResponse, operation: string, name: string, stack: StackDescription | undefined): void {
  if (!stack) throw new AwsError('ValidationError', 400, `Stack with id ${name} does not exist`);
  const result = `<${operation}Result>${OPERATIONS[operation]!(name, stack)}</${operation}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  const body = `<${operation}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">${result}${metadata}</${operation}Response>`;
  response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
}

function stackXml(name: string, { id, outputs }: StackDescription): string {
  const members = Object.entries(outputs).map(([key, value]) => member({ OutputKey: key, OutputValue: String(value) }));
  const facts = elements({ StackName: name, StackId: id, StackStatus: 'CREATE_COMPLETE' });
  return `<Stacks><member>${facts}<Outputs>${members.join('')}</Outputs></member></Stacks>`;
}

function resourcesXml(_name: string, { resources }: StackDescription): string {
  const members = resources.map(({ logicalId, physicalId, type }) =>
    member({
      LogicalResourceId: logicalId,
      PhysicalResourceId: physicalId,
      ResourceType: type,
      ResourceStatus: 'CREATE_COMPLETE',
    }),
  );
  return `<StackResourceSummaries>${members.join('')}</StackResourceSummaries>`;
}

function member(values: Readonly<Record<string, string>>): string {
  return `<member>${elements(values)}</member>`;
}

function elements(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `<${key}>${escapeXml(value)}</${key}>`)
    .join('');
}
