import { type awscdk, TextFile, YamlFile } from 'projen';

/** What the pages below say of the public repository. */
export interface Repository {
  readonly url: string;
  readonly email: string;
}

/** What VERSIONS.md says; `test/versions.test.ts` tries what can be tried. */
export interface Versions {
  readonly cdkFloor: string;
  readonly cdkNewest: string;
  readonly constructs: string;
  readonly node: string;
  /** Of the tests. */
  readonly python: string;
  readonly java: string;
}

/** The pages of the repository that name its address or its versions, for these stand in .projenrc.ts only. */
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
  '<!-- The title becomes the commit and, if it is a feat, fix or perf, a line of the CHANGELOG: `fix(sse): what is true now`. -->',
  '',
  '## What and why',
  '',
  'Fixes #',
  '',
  '## How it was checked',
  '',
  '- [ ] `npm test` passes; what changed has a test that failed before',
  '- [ ] `npx projen build` leaves no file changed',
  '- [ ] a new permission has a caller in the code, and a test that takes it away',
  '- [ ] no logical id, stored key or public name changes; or the title has a `!` and this text says how to upgrade',
];

function page(project: awscdk.AwsCdkConstructLibrary, path: string, text: string): void {
  const file = new TextFile(project, path, { marker: true });
  for (const line of [`<!-- ${file.marker} -->`, '', ...text.trim().split('\n')]) file.addLine(line);
}

const security = (web: string, email: string) => `
# Security

## Report a vulnerability

Please do not open an issue. Report it in private at ${web}/security/advisories/new,
or by mail to ${email}. Say which version, what an attacker needs and what they gain, and how to reproduce it:
a template, requests, or a test on the local runner (\`mcp-lambda local\`) say most. You get an answer that it
arrived, then whether we agree, and credit in the advisory if you want it.

Fixes are made for the newest release (see [VERSIONS.md](VERSIONS.md)) and published with an advisory. Nobody is paid for reports.

## What is ours to protect

| who | trusted with | must not be able to |
|---|---|---|
| who connects (an MCP client) | what is registered and enabled | call other functions; read, answer or end others' sessions; use \`/register\` |
| who registers (\`/register\`) | which functions are served, and as what | attach one whose owner did not opt in, or the server's own; widen a role |
| who owns a function | its result, and what it says to the client while it runs | read the tables or queues; act for the server |
| who deploys the stack | everything in it | |

The ways by which that would break are in scope: the permissions in the template, authorization of the routes, the binding of a session to
its caller, validation of what clients and registrars send, what the functions log, the bundles' dependencies, the published packages.
The decisions: \`docs/adr/004-permissions.md\`, \`docs/adr/003-session-records.md\`, \`docs/adr/008-http-sessions.md\`.

## What is not

- What a tool's function does with its arguments, and what a model does with a tool's description or result (prompt injection). Descriptions
  and results come from those who own the functions: register only what you would let act for you.
- \`McpAuth.none()\` and other settings that warn at synth.
- The local runner as a server for others: it is a tool of one developer, listens on the loopback address only, and its AWS is not AWS.
- Costs that an authorised caller causes within the limits that the server has (sessions, listeners, throttling of the stage).
- AWS itself: https://aws.amazon.com/security/vulnerability-reporting/
`;

const codeOfConduct = (email: string) => `
# Code of conduct

We want everybody to be able to take part here, whatever they know already, wherever they are from and whoever they are.

**Expected**: talk about the work; say what you found and how; assume that the other means well; accept that a proposal may be declined,
and say why when you decline one; own your mistakes and put them right.

**Not accepted**: insults and belittling, harassment in public or in private, unwanted sexual attention, publishing what somebody told
you in confidence or where they live, and going on after being asked to stop.

This holds in the repository, its issues, pull requests, discussions and advisories, and wherever somebody speaks for the project.

**Report** to ${email}. The maintainers read it, keep your name to themselves, hear those involved, and decide: a private word, a
public one, a pause, or an end of somebody's taking part. A maintainer who is involved has no part in the decision.
`;

const supportMatrix = ({ cdkFloor, cdkNewest, constructs, node, python, java }: Versions) => `
# Supported versions

The package is experimental: until 1.0 a minor release may break, and says so in [CHANGELOG.md](CHANGELOG.md). The newest release gets fixes;
older ones do not. What an update must not do to a deployed server, in any release: rename or replace its tables, API, roles or registrations,
or lose an open session (\`test/interop/upgrade.test.ts\`).

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
| the server's own functions | \`nodejs24.x\` on arm64 or x86_64, as you choose |
| your functions | any Lambda runtime, container images too |
| your functions on the local runner | Node.js, Python and Java; others are named and left out |
| the local runner and \`mcp-lambda connect\` | Node.js 22 and newer |

## MCP revisions

| revision | Streamable HTTP, \`/mcp\` | HTTP+SSE, \`/sse\` |
|---|---|---|
| 2024-11-05 | yes | yes |
| 2025-03-26 | yes | yes |
| 2025-06-18 | yes | yes |
| 2025-11-25 | yes | yes |
| 2026-07-28 | yes | no |

Streamable HTTP came with 2025-03-26; a client that asks for 2024-11-05 on \`/mcp\` is answered in it all the same.

## How long

A version of anything above is dropped in a minor release (from 1.0 on: a major one) and is named in its CHANGELOG. Node.js, Python and
Java versions are not dropped while their makers, AWS Lambda and jsii support them. HTTP+SSE stays until 1.0 at least, though MCP has
deprecated it: whoever needs it no longer says \`legacySse: false\`.
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
        name: 'A vulnerability',
        url: `${web}/security/advisories/new`,
        about: 'In private, please: see SECURITY.md',
      },
    ],
  });
  form('bug', {
    name: 'Something is wrong',
    description: 'It does not do what the documentation or MCP says',
    labels: ['bug'],
    body: [
      textarea(
        'happens',
        'What happens, and what should',
        'The whole error message, and the log lines of the function that wrote it',
      ),
      textarea(
        'reproduce',
        'How to see it',
        'The smallest app or request that shows it. Does "mcp-lambda local" show it too?',
        true,
        'ts',
      ),
      {
        type: 'dropdown',
        id: 'where',
        attributes: {
          label: 'Where',
          options: [
            'cdk synth',
            'cdk deploy',
            '/mcp',
            '/sse and /message',
            '/register',
            'mcp-lambda local',
            'mcp-lambda connect',
            'elsewhere',
          ],
        },
        validations: { required: true },
      },
      input('versions', 'Versions of cdk-mcp-lambda, aws-cdk-lib and Node.js', '0.x.y, 2.x.y, 24.x.y'),
      input('client', 'Language of the app, and the MCP client with its version', 'Python; Claude Code 2.0'),
    ],
  });
  form('feature', {
    name: 'Something is missing',
    description: 'What you want to do and cannot',
    labels: ['enhancement'],
    body: [
      textarea('goal', 'What do you want to do?', 'The task, not the property: who calls what, and what comes back'),
      textarea('today', 'How do you do it today?', 'Escape hatches, overrides, other tools', false),
      textarea('api', 'How could it look?', 'A few lines of an app that has it', false, 'ts'),
    ],
  });
  form('question', {
    name: 'A question',
    description: 'After the README and docs/guides',
    labels: ['question'],
    body: [textarea('question', 'The question', 'And what you have read or tried already: we then improve that page')],
  });
}
