import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Environment } from '../../environment.js';
import type { RequiredPermission } from '../aws-endpoint/access.js';
import { AwsError, escapeXml } from '../aws-endpoint/errors.js';

/** Returns the outputs of a stack; undefined if the stack does not exist. */
export type StackOutputs = (stackName: string) => Readonly<Record<string, unknown>> | undefined;

/** `cloudformation:DescribeStacks` of one stack. The response has the outputs, not the other details. */
export function describeStacks(form: URLSearchParams, { accountId, region }: Environment, outputs: StackOutputs) {
  const name = form.get('StackName') ?? '';
  const permission: RequiredPermission = {
    action: 'cloudformation:DescribeStacks',
    resource: `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/*`,
    context: {},
  };
  return {
    permissions: [permission],
    handle: async (response: ServerResponse) => sendStack(response, name, outputs(name)),
  };
}

function sendStack(response: ServerResponse, name: string, outputs: ReturnType<StackOutputs>): void {
  if (!outputs) throw new AwsError('ValidationError', 400, `Stack with id ${name} does not exist`);
  const members = Object.entries(outputs).map(
    ([key, value]) =>
      `<member><OutputKey>${escapeXml(key)}</OutputKey><OutputValue>${escapeXml(String(value))}</OutputValue></member>`,
  );
  const stack = `<member><StackName>${escapeXml(name)}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member>`;
  const body = `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></DescribeStacksResponse>`;
  response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
}
