/** The functions in Python that docs/guides/resources-and-prompts.md quotes: the same server, the same expectations. */
import { resolve } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, test } from 'vitest';
import { addShop, expectShop } from '../e2e/guides/resources-and-prompts/shop';
import { httpClient } from '../e2e/support/clients';
import { type Fixture, startFixture } from '../e2e/support/fixture';
import { venv } from './support/venv';

let fixture: Fixture;
let client: Awaited<ReturnType<typeof httpClient>>;
beforeAll(async () => {
  process.env.VIRTUAL_ENV = resolve(venv('functions'), '..');
  fixture = await startFixture({
    extend: ({ stack, server }) =>
      addShop(
        server,
        (name) =>
          new lambda.Function(stack, name, {
            runtime: lambda.Runtime.PYTHON_3_13,
            handler: `${name.replaceAll('-', '_')}.handler`,
            code: lambda.Code.fromAsset('test/e2e/guides/resources-and-prompts/python'),
          }),
      ),
  });
  client = await httpClient(fixture);
});
afterAll(async () => {
  await client?.close();
  await fixture?.[Symbol.asyncDispose]();
});

test('the functions in Python', () => expectShop(client));
