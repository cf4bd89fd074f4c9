import { requestSigner, type SigningOptions } from '../request-signer.js';

/** Suffix of the output key, followed by the CDK's hash of eight hexadecimal digits. */
const OUTPUT = /SessionTableName[0-9A-F]{8}$/;

type StackQuery = Omit<SigningOptions, 'service'>;

/**
 * Finds the name of the session table in the outputs of a deployed stack.
 * @throws if the stack does not have exactly one server with notifications
 */
export async function findSessionTable(stackName: string, query: StackQuery): Promise<string> {
  const outputs = await describeOutputs(stackName, query);
  const tables = outputs.filter(([key]) => OUTPUT.test(key));
  if (tables.length === 0) {
    throw new Error(`stack ${stackName} has no server with notifications: deploy one with notifications: true`);
  }
  if (tables.length > 1) {
    const names = tables.map(([key, value]) => `${value} (${key})`).join(', ');
    throw new Error(`stack ${stackName} has several servers: pass the session table of one with --table: ${names}`);
  }
  return tables[0]![1];
}

/** Calls `DescribeStacks` and returns the outputs. */
async function describeOutputs(
  stackName: string,
  { region, credentials }: StackQuery,
): Promise<Array<[string, string]>> {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const endpoint =
    process.env.AWS_ENDPOINT_URL_CLOUDFORMATION ??
    process.env.AWS_ENDPOINT_URL ??
    `https://cloudformation.${region}.${suffix}`;
  const url = new URL('/', endpoint);
  const body = new URLSearchParams({
    Action: 'DescribeStacks',
    Version: '2010-05-15',
    StackName: stackName,
  }).toString();
  const sign = requestSigner(url, { service: 'cloudformation', region, credentials });
  const headers = await sign('POST', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, body);
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`CloudFormation: ${element(text, 'Message') ?? `status ${response.status}`}`);
  return [...text.matchAll(/<member>(.*?)<\/member>/gs)].flatMap(([, member]) => {
    const [key, value] = [element(member!, 'OutputKey'), element(member!, 'OutputValue')];
    return key !== undefined && value !== undefined ? [[key, value] as [string, string]] : [];
  });
}

function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
