import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (file: string) => readFileSync(file, 'utf8');
const page = read('docs/reference/tested-clients.md');
/** The rows of all tables. */
const rows = [...page.matchAll(/^\| `([^`]+)`.* \| (\S+) \| .+ \| .+ \| (tests|hand) \|$/gm)].map(
  ([, client, version, by]) => ({ client: client!, version: version!, by: by! }),
);
const lock = JSON.parse(read('package-lock.json')).packages;

test('lists as "tests" exactly the clients of the test suite, in their versions', () => {
  const node = ['@modelcontextprotocol/client', '@modelcontextprotocol/sdk', '@ai-sdk/mcp'];
  const [, python, pythonVersion] = /^(mcp)==(\S+)$/m.exec(read('test/interop/requirements/mcp-client.txt'))!;
  const [, group, artifact, javaVersion] =
    /<dependency>\s*<groupId>(.+)<\/groupId>\s*<artifactId>(.+)<\/artifactId>\s*<version>(.+)<\/version>/.exec(
      read('test/interop/java-client/pom.xml'),
    )!;
  expect(rows.filter(({ by }) => by === 'tests').map(({ client, version }) => `${client} ${version}`)).toEqual([
    ...node.map((name) => `${name} ${lock[`node_modules/${name}`].version}`),
    `${python} ${pythonVersion}`,
    `${group}:${artifact} ${javaVersion}`,
  ]);
});

test('the changelog has the number of clients', () => {
  const libraries = new Set(rows.map(({ client, version }) => `${client} ${version}`));
  expect(read('CHANGELOG.md')).toContain(`Tested with ${libraries.size} client`);
});
