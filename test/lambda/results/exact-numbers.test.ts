import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFunctionResponse } from '../../../lambda/functions/function-response.js';
import { parsePayload } from '../../../lambda/functions/outcome.js';
import { deliverableToolResult } from '../../../lambda/mcp/result-delivery.js';
import { toolResult } from '../../../lambda/mcp/tool-result.js';
import { MAX_RESULT_BYTES } from '../../../lambda/results/limits.js';
import { ENV } from '../../../src/private/contract.js';
import { allow, startEndpoint, type TestEndpoint } from '../../local/aws-endpoint/support.js';
import { NUMBERS } from '../../support/json-texts.js';
import { tool } from '../mcp/registrations.js';

const REVISION = '2026-07-28';

let aws: TestEndpoint;
beforeAll(async () => {
  aws = await startEndpoint();
  await aws.s3.putBucket('results');
  const { credentials } = aws.as(allow(['s3:PutObject', 's3:GetObject'], 'arn:aws:s3:::results/*'));
  Object.assign(process.env, {
    [ENV.RESULT_BUCKET]: 'results',
    [ENV.SERVER_ID]: 'mcp-1',
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  });
});
afterAll(() => aws.stop());

/** Delivers the payload of a handler. Returns what the client downloads from the result link. */
async function downloaded(payload: string): Promise<{ text: string; result: string }> {
  const registration = tool('report');
  const response = readFunctionResponse(parsePayload(payload), 'tools/call');
  const result = await deliverableToolResult(toolResult(response, registration, REVISION), undefined, {
    tool: registration,
    revision: REVISION,
    signal: new AbortController().signal,
  });
  const [link] = result.content;
  if (link?.type !== 'resource_link') throw new Error(`expected a result link, got ${link?.type}`);
  return { text: await (await fetch(link.uri)).text(), result: JSON.stringify(result) };
}

const numbers = NUMBERS.join();
const large = `{"numbers":[${numbers}],"padding":"${'x'.repeat(MAX_RESULT_BYTES)}"}`;

test('a result link has the numbers of data', async () => {
  const { text, result } = await downloaded(large);
  expect(text === large).toBe(true);
  expect(result).toContain(`"structuredContent":{"numbers":[${numbers}]`);
});

test('a result link has the numbers of the body of a proxy response', async () => {
  const { text } = await downloaded(JSON.stringify({ statusCode: 200, body: large }));
  expect(text === large).toBe(true);
});

test('a result link keeps the metadata of its content', async () => {
  const item = { type: 'text', text: 'x'.repeat(MAX_RESULT_BYTES + 1) };
  const payload = JSON.stringify({ content: [item] }).replace(/\}\]\}$/, `,"_meta":{"n":[${numbers}]}}]}`);
  const { result } = await downloaded(payload);
  expect(result).toContain(`"_meta":{"n":[${numbers}]}`);
});
