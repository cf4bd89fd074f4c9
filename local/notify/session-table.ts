import { Sha256 } from '@aws-crypto/sha256-js';
import type { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

/** Key of the output, which is the end of its logical id, before CloudFormation's eight hexadecimal digits. */
const OUTPUT = /SessionTableName[0-9A-F]{8}$/;

export interface StackQuery {
  readonly region: string;
  readonly credentials: ReturnType<typeof fromNodeProviderChain>;
}

/** The name of the session table, from the outputs of a deployed stack. */
export async function sessionTableOf(stackName: string, query: StackQuery): Promise<string> {
  const outputs = await outputsOf(stackName, query);
  const tables = outputs.filter(([key]) => OUTPUT.test(key));
  if (tables.length === 0) {
    throw new Error(`the stack ${stackName} has no server with notifications: deploy it with notifications: true`);
  }
  if (tables.length > 1) {
    const names = tables.map(([key, value]) => `${value} (${key})`).join(', ');
    throw new Error(`the stack ${stackName} has several servers: name one's table with --table: ${names}`);
  }
  return tables[0]![1];
}

/** `DescribeStacks`, of which nothing but the outputs is needed. */
async function outputsOf(stackName: string, { region, credentials }: StackQuery): Promise<Array<[string, string]>> {
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
  const signer = new SignatureV4({ service: 'cloudformation', region, credentials, sha256: Sha256 });
  const request = new HttpRequest({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body,
  });
  const { host: _, ...headers } = (await signer.sign(request)).headers; // fetch sets the host itself
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`CloudFormation: ${element(text, 'Message') ?? `answered ${response.status}`}`);
  return [...text.matchAll(/<member>(.*?)<\/member>/gs)].flatMap(([, member]) => {
    const [key, value] = [element(member!, 'OutputKey'), element(member!, 'OutputValue')];
    return key !== undefined && value !== undefined ? [[key, value] as [string, string]] : [];
  });
}

function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
