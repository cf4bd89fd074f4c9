import { type awscdk, TextFile, YamlFile } from 'projen';

/** Facts about the public repository that the pages contain. */
export interface Repository {
  readonly url: string;
  readonly email: string;
}

/** The versions in VERSIONS.md. */
export interface Versions {
  readonly cdkFloor: string;
  readonly cdkNewest: string;
  readonly constructs: string;
  readonly node: string;
  /** The version that the tests run on. */
  readonly python: string;
  readonly java: string;
}

/** Adds the pages that contain the repository's address or the supported versions, which are defined in .projenrc.ts only. */
export function addCommunityFiles(
  project: awscdk.AwsCdkConstructLibrary,
  repository: Repository,
  versions: Versions,
): void {
  const web = repository.url.replace(/\.git$/, '');
  page(project, 'SECURITY.md', security(web, repository.email));
  page(project, 'CODE_OF_CONDUCT.md', codeOfConduct(repository.email));
  page(project, 'VERSIONS.md', supportMatrix(versions));
  issueForms(project, web);
}

export const PULL_REQUEST_TEMPLATE = [
  '<!-- The title becomes the commit and, if it is a feat, fix or perf, a line of the CHANGELOG: `fix(sse): renew the lease while a call runs`. -->',
  '',
  '## Changes and reasons',
  '',
  'Fixes #',
  '',
  '## Checks',
  '',
  '- [ ] `npm test` passes, and a test that failed before covers the change',
  '- [ ] `npx projen build` changes no committed file',
  '- [ ] each new permission has a caller in the code and a test that removes it',
  '- [ ] logical ids, stored keys and public names are unchanged, or the title has a `!` and this text explains how to upgrade',
];

function page(project: awscdk.AwsCdkConstructLibrary, path: string, text: string): void {
  const file = new TextFile(project, path, { marker: true });
  for (const line of [`<!-- ${file.marker} -->`, '', ...text.trim().split('\n')]) file.addLine(line);
}

const security = (web: string, email: string) => `
# Security

## Report a vulnerability

Please do not open an issue. Report vulnerabilities privately at ${web}/security/advisories/new,
or by mail to ${email}. Name the version, describe what an attacker needs and gains, and explain how to reproduce it,
ideally with a template, requests, or a test on the local runner (\`mcp-lambda local\`). We confirm that we have received the report, tell you
whether we agree, and credit you in the advisory if you like.

We fix vulnerabilities in the newest release (see [VERSIONS.md](VERSIONS.md)) and publish an advisory. We do not pay for reports.

## In scope

| role | trusted with | must not be able to |
|---|---|---|
| client (connects to \`/mcp\` or \`/sse\`) | enabled registrations | call other functions; read, answer or end the sessions of others; use \`/register\` |
| registrar (uses \`/register\`) | which functions are served, and as what | attach the server's own functions, or functions whose owner has not opted in; widen a role |
| function owner | the function's results, and its messages to the client while it runs | read the tables or queues; act for the server |
| deployer of the stack | everything in it | |

Everything that could break these rules is in scope: the permissions in the template, the authorization of the routes, the binding of sessions
to their callers, the validation of requests, the content of the logs, the dependencies of the bundles, and the published packages. These
decisions explain the design: \`docs/adr/004-permissions.md\`, \`docs/adr/003-session-records.md\`, \`docs/adr/008-http-sessions.md\`.
\`docs/threat-model.md\` lists known attacks, what stops each, and what stays open.

## Out of scope

- What a tool's function does with its arguments, and what a model does with a tool's description or result (prompt injection). Descriptions
  and results come from the owners of the functions: register only functions that you trust to act for you.
- \`McpAuth.none()\` and other settings that warn at synth.
- The local runner as a server for others. It is a development tool for one person, and it listens on the loopback address only.
- Costs that an authorized caller causes within the limits of the server (sessions, listeners, throttling of the stage).
- AWS itself: https://aws.amazon.com/security/vulnerability-reporting/
`;

const codeOfConduct = (email: string) => `
# Code of conduct

Everyone is welcome to take part in this project, regardless of experience, origin and identity.

**Expected**: discuss the work. Describe what you found and how you found it. Assume good intentions. Accept that maintainers may decline a
proposal, and give reasons when you decline one. Acknowledge your mistakes and correct them.

**Not accepted**: insults, personal attacks, harassment in public or in private, unwanted sexual attention, publishing private
information of others, and continuing after a request to stop.

This code applies to the repository, its issues, pull requests, discussions and advisories, and to every person who represents the project.

**Report** violations to ${email}. The maintainers read each report, keep the reporter's name confidential, listen to the people involved, and
decide on a private warning, a public warning, a temporary ban or a permanent ban. A maintainer who is involved does not take part in the
decision.
`;

const supportMatrix = ({ cdkFloor, cdkNewest, constructs, node, python, java }: Versions) => `
# Supported versions

The package is experimental: until 1.0, a minor release may contain breaking changes, which [CHANGELOG.md](CHANGELOG.md) lists. Only the newest
release gets fixes. In every release, an upgrade keeps what is deployed: it does not rename or replace the tables, the API, roles or
registrations, and it does not end open sessions (\`test/interop/upgrade.test.ts\`).

## Where the constructs run

| | supported | tested in CI |
|---|---|---|
| aws-cdk-lib | ${cdkFloor} and newer 2.x | ${cdkFloor} and ${cdkNewest} |
| constructs | ${constructs} and newer 10.x | ${constructs} |
| Node.js, for \`cdk synth\` in every language | ${node} and newer | 24 |
| Python | 3.10 and newer | ${python} |
| Java | 8 and newer | ${java} |
| Go | generated, not published | signatures, and an app that builds |
| C# | generated, not published | signatures |

## Where the functions run

| | version |
|---|---|
| server functions | \`nodejs24.x\` on arm64 (default) or x86_64 |
| your functions | any Lambda runtime, including container images |
| your functions on the local runner | Node.js, Python and Java; the runner reports others and skips them |
| the local runner and \`mcp-lambda connect\` | Node.js 22 and newer |

## MCP revisions

| revision | Streamable HTTP, \`/mcp\` | HTTP+SSE, \`/sse\` |
|---|---|---|
| 2024-11-05 | yes | yes |
| 2025-03-26 | yes | yes |
| 2025-06-18 | yes | yes |
| 2025-11-25 | yes | yes |
| 2026-07-28 | yes | no |

Streamable HTTP was introduced with 2025-03-26. The server also accepts clients that request 2024-11-05 on \`/mcp\`.

## Support policy

Support for a version ends only in a minor release (from 1.0, in a major release), and the changelog names it. Node.js, Python and Java
versions stay supported while their vendors, AWS Lambda and jsii support them. HTTP+SSE, which MCP has deprecated, stays supported at least
until 1.0. To turn it off, set \`legacySse: false\`.
`;

function issueForms(project: awscdk.AwsCdkConstructLibrary, web: string): void {
  const form = (name: string, obj: object) => new YamlFile(project, `.github/ISSUE_TEMPLATE/${name}.yml`, { obj });
  const textarea = (id: string, label: string, description: string, required = true, render?: string) => ({
    type: 'textarea',
    id,
    attributes: { label, description, ...(render && { render }) },
    validations: { required },
  });
  const input = (id: string, label: string, placeholder: string) => ({
    type: 'input',
    id,
    attributes: { label, placeholder },
    validations: { required: true },
  });
  form('config', {
    blank_issues_enabled: false,
    contact_links: [
      {
        name: 'Vulnerability',
        url: `${web}/security/advisories/new`,
        about: 'Report it privately: see SECURITY.md',
      },
    ],
  });
  form('bug', {
    name: 'Bug report',
    description: 'The behaviour differs from the documentation or from MCP',
    labels: ['bug'],
    body: [
      textarea(
        'happens',
        'Actual and expected behaviour',
        'Include the complete error message and the log lines of the function that wrote it',
      ),
      textarea(
        'reproduce',
        'Steps to reproduce',
        'The smallest app or request that shows the bug. Does it occur with "mcp-lambda local"?',
        true,
        'ts',
      ),
      {
        type: 'dropdown',
        id: 'where',
        attributes: {
          label: 'Component',
          options: [
            'cdk synth',
            'cdk deploy',
            '/mcp',
            '/sse and /message',
            '/register',
            'mcp-lambda local',
            'mcp-lambda connect',
            'other',
          ],
        },
        validations: { required: true },
      },
      input('versions', 'Versions of cdk-mcp-lambda, aws-cdk-lib and Node.js', '0.x.y, 2.x.y, 24.x.y'),
      input('client', 'Language of the app, MCP client and its version', 'Python; Claude Code 2.0'),
    ],
  });
  form('feature', {
    name: 'Feature request',
    description: 'Something you want to do that is not supported',
    labels: ['enhancement'],
    body: [
      textarea('goal', 'What do you want to do?', 'Describe the task: which client calls what, and what it receives'),
      textarea('today', 'How do you do it today?', 'For example with escape hatches, overrides or other tools', false),
      textarea('api', 'What could the API look like?', 'A few lines of an app that uses it', false, 'ts'),
    ],
  });
  form('question', {
    name: 'Question',
    description: 'A question that the README and docs/guides do not answer',
    labels: ['question'],
    body: [textarea('question', 'Question', 'Include what you have read or tried: we then improve that page')],
  });
}
