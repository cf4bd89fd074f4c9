import { awscdk, javascript } from 'projen';
import { addCommunityFiles, PULL_REQUEST_TEMPLATE } from './projenrc/community';
import { addNightlyWorkflow } from './projenrc/nightly';
import { configureRelease, githubOptions, JAVA, PYTHON, releaseOptions } from './projenrc/release';

/** Placeholders for the public repository. Set them here before the first release. */
const REPOSITORY = {
  url: 'https://github.com/cdk-mcp-lambda/cdk-mcp-lambda.git',
  author: 'The cdk-mcp-lambda authors',
  email: 'maintainers@example.com',
  mavenGroupId: 'io.github.cdkmcplambda',
  javaPackage: 'io.github.cdkmcplambda',
  goModule: 'github.com/cdk-mcp-lambda/cdk-mcp-lambda-go',
};

/**
 * The minimum aws-cdk-lib version. 2.230.0 added `ResponseTransferMode.STREAM` (API Gateway response streaming), which the server
 * requires. 2.257.0 is the lowest version that cdk-nag 3 (tests) accepts and that bundles patched dependencies.
 */
const CDK_VERSION = '2.257.0';
/** The newest aws-cdk-lib version that the tests run with. */
const CDK_NEWEST = '2.276.0';
const CONSTRUCTS_VERSION = '10.5.1'; // cdk-nag 3 needs ^10.5.1
const NODE_VERSION = '20.16.0';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-mcp-lambda',
  description: 'Serverless MCP (Model Context Protocol) servers on AWS Lambda: every Lambda function is a tool',
  author: REPOSITORY.author,
  authorAddress: REPOSITORY.email,
  authorOrganization: true,
  repositoryUrl: REPOSITORY.url,
  license: 'Apache-2.0',
  stability: 'experimental',
  keywords: [
    'aws',
    'aws-cdk',
    'awscdk',
    'cdk',
    'lambda',
    'serverless',
    'mcp',
    'model-context-protocol',
    'mcp-server',
    'ai',
    'agents',
    'tools',
  ],
  defaultReleaseBranch: 'main',
  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: NODE_VERSION,

  projenrcTs: true,
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.0',
  cdkVersion: CDK_VERSION,
  constructsVersion: CONSTRUCTS_VERSION,
  disableTsconfig: true, // jsii generates a git-ignored tsconfig.json
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    include: [
      'lambda/**/*.ts',
      'local/**/*.ts',
      'bench/**/*.ts',
      'bench/**/*.mts',
      'examples/typescript/**/*.ts',
      'sar/**/*.ts',
      'scripts/**/*.mts',
      'test/**/*.mts',
      'vitest.config.mts',
      'vitest.interop.config.mts',
      '.projenrc.ts',
      'projenrc/**/*.ts',
    ],
    exclude: ['examples/typescript/cdk.out', 'local/console/page'], // the page has a configuration with the types of browsers
    compilerOptions: {
      target: 'ES2023',
      lib: ['es2023', 'esnext.disposable'],
      module: 'preserve',
      moduleResolution: javascript.TypeScriptModuleResolution.BUNDLER,
      types: ['node'],
      skipLibCheck: true,
      isolatedModules: true,
      noEmit: true,
      strict: true,
    } as javascript.TypeScriptCompilerOptions,
  },
  sampleCode: false,
  lambdaAutoDiscover: false,
  integrationTestAutoDiscover: false,
  npmignoreEnabled: false, // the `files` field below selects what is published

  jest: false, // vitest
  eslint: false, // biome
  biome: true,
  biomeOptions: {
    version: '2.5.15', // pinned: later patch releases lack platform packages in some registries, which breaks `npm ci`
    biomeConfig: {
      formatter: { indentStyle: javascript.biome_config.IndentStyle.SPACE, lineWidth: 120 },
      javascript: { formatter: { quoteStyle: javascript.biome_config.QuoteStyle.SINGLE } },
      linter: {
        rules: {
          style: { noNonNullAssertion: 'off' },
          suspicious: { noExplicitAny: 'off' }, // jsii requires `any` for JSON values
        },
      },
    },
  },

  github: true,
  githubOptions,
  buildWorkflow: false, // replaced by a workflow that runs .ci/run
  depsUpgrade: false,
  ...releaseOptions,
  pullRequestTemplateContents: PULL_REQUEST_TEMPLATE,

  publishToPypi: { distName: 'cdk-mcp-lambda', module: 'cdk_mcp_lambda', trustedPublishing: true },
  publishToMaven: {
    javaPackage: REPOSITORY.javaPackage,
    mavenGroupId: REPOSITORY.mavenGroupId,
    mavenArtifactId: 'cdk-mcp-lambda',
    mavenServerId: 'central-ossrh', // the id that selects the Central Portal in publib
  },

  // scripts/bundle.mjs bundles the dependencies of the server functions and the local runner: the package itself has none.
  devDeps: [
    '@ai-sdk/mcp@2.0.99',
    '@aws-crypto/sha256-js@^5',
    '@aws-lambda-powertools/batch@2.35.0', // this and the next one, and the web frameworks below: handlers of the e2e tests
    '@aws-lambda-powertools/event-handler@2.35.0',
    '@aws-lambda-powertools/logger@2.35.0',
    '@aws-lambda-powertools/metrics@2.35.0',
    '@aws-lambda-powertools/tracer@2.35.0',
    '@aws-sdk/client-cloudformation@3.1162.0',
    '@aws-sdk/client-cloudwatch@3.1162.0',
    '@aws-sdk/client-cloudwatch-logs@3.1162.0',
    '@aws-sdk/client-dynamodb@3.1162.0',
    '@aws-sdk/client-eventbridge@3.1162.0',
    '@aws-sdk/client-lambda@3.1162.0',
    '@aws-sdk/client-s3@3.1162.0',
    '@aws-sdk/client-secrets-manager@3.1162.0',
    '@aws-sdk/client-sfn@3.1162.0',
    '@aws-sdk/client-sns@3.1162.0',
    '@aws-sdk/client-sqs@3.1162.0',
    '@aws-sdk/client-ssm@3.1162.0',
    '@aws-sdk/client-sts@3.1162.0',
    '@aws-sdk/credential-provider-env@^3',
    '@aws-sdk/credential-providers@3.1162.0',
    '@aws-sdk/s3-request-presigner@3.1162.0',
    '@aws-sdk/util-dynamodb@^3',
    '@cfworker/json-schema@4.1.6',
    '@codegenie/serverless-express@5.0.0',
    '@fastify/aws-lambda@6.4.1',
    '@cloud-copilot/iam-simulate@0.1.173', // AGPL, development only: cross-checks the local runner's policy evaluation
    '@modelcontextprotocol/client@2.4.0',
    '@modelcontextprotocol/conformance@0.2.0-alpha.12', // pinned: the newest version with the 2026-07-28 scenarios
    '@modelcontextprotocol/inspector@2.12.0',
    '@modelcontextprotocol/sdk@1.32.2',
    '@modelcontextprotocol/server@2.4.0',
    '@smithy/eventstream-codec@4.5.2',
    '@smithy/protocol-http@^5',
    '@smithy/signature-v4@^5',
    '@types/aws-lambda@^8',
    '@vitest/coverage-v8@^4.1.12',
    `aws-cdk-lib-latest@npm:aws-cdk-lib@${CDK_NEWEST}`,
    'aws-cdk@2.1148.1', // not 3.0.0: published by accident, cannot read current cloud assemblies
    'aws-lambda-ric@4.0.2',
    'cdk-nag@^3.0.2',
    'cdk-nag-2@npm:cdk-nag@2.38.2',
    'commander@^14',
    'dynalite@4.0.0',
    'express@^5',
    'fast-check@4.11.0',
    'fastify@^5',
    'esbuild@0.28.2',
    'fauxqs@2.4.1',
    'mcp-remote@0.15.1',
    'memory-level@^3',
    'oidc-provider@9.13.3', // the authorization server of the local runner, which users install themselves
    'axe-core@4.14.1', // MPL-2.0, development only: checks the accessibility of the console
    'preact@11.2.0', // bundled for the console of the local runner
    'p-limit@7.3.3', // bundled for the local runner: streams open a few at a time
    'playwright-core@1.64.1', // drives the machine's own browser, in tests of web pages
    'node@24.21.0', // the Node.js version of the Lambda runtime; npm scripts use it if the machine's version is older
    'tsx@^4',
    'vitest@^4.1.12',
    'aws-jwt-verify@5.2.1', // bundled for the authorizer
    'yaml@2.9.1', // bundled for the constructs: it reads OpenAPI documents at synth
  ],
});

// Disable install scripts: the one of aws-lambda-ric would compile a native addon that this project does not use.
project.npmrc.addConfig('ignore-scripts', 'true');
project.npmrc.addConfig('engine-strict', 'false');

// Snippets in the README and in docstrings are compiled, then translated for the other languages (rosetta/default.ts-fixture).
project.package.file.addOverride('jsii.metadata.jsii.rosetta.strict', true);
const translations = project.addTask('docs:extract', {
  description: 'Compile the snippets of the README and docstrings, and translate them for the other languages',
  exec: 'jsii-rosetta extract --strict --compress-tablet --directory .',
});
project.postCompileTask.spawn(translations);

// Generated and tested (test/interop/signatures.test.ts, go.test.ts) but not published: that requires a NuGet account and a Go repository.
project.package.file.addOverride('jsii.targets.dotnet', { namespace: 'CdkMcpLambda', packageId: 'CdkMcpLambda' });
project.package.file.addOverride('jsii.targets.go', { moduleName: REPOSITORY.goModule, packageName: 'cdkmcplambda' });

project.addFields({
  exports: {
    '.': { types: './lib/index.d.ts', default: './lib/index.js' },
    './package.json': './package.json',
    './.jsii': './.jsii',
  },
  files: [
    'lib/**/*.js',
    'lib/**/*.d.ts',
    'assets',
    '!assets/.built',
    'bin',
    '.jsii',
    '.jsii.tabl.json.gz',
    'API.md',
    'CHANGELOG.md',
    'AGENTS.md',
    'llms.txt',
    'docs/**/*.md',
    'docs/iam/*.json',
    'docs/reference/*.schema.json',
    'docs/guides/**/*.mjs',
    'NOTICE',
  ],
});

const node24 = 'node scripts/node24.mjs';
project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '20');
project.compileTask.exec('node scripts/strip-source-maps.mjs');
project.preCompileTask.exec(node24);
project.preCompileTask.exec('node scripts/bundle.mjs');
project.testTask.reset(node24);
project.testTask.exec('node scripts/ensure-built.mjs');
project.testTask.exec('biome check --no-errors-on-unmatched --files-ignore-unknown=true');
project.testTask.exec('tsc --noEmit -p tsconfig.dev.json');
project.testTask.exec('tsc --noEmit -p local/console/page');
project.testTask.exec('vitest run', { receiveArgs: true });

project.tasks.tryFind('package:python')!.exec('python3 scripts/wheel-command.py');

project.addTask('vitest', {
  description: 'Run tests only, without lint and type check',
  steps: [{ exec: node24 }, { exec: 'node scripts/ensure-built.mjs' }, { exec: 'vitest run', receiveArgs: true }],
});
project.addTask('test:interop', {
  description:
    'Test packages, examples, functions and clients in other languages; requires Python >= 3.10, JDK >= 17, Maven and Go',
  steps: [{ exec: node24 }, { exec: 'vitest run --config vitest.interop.config.mts', receiveArgs: true }],
});
// In a release, each of the other languages has its own job. Build first: projen's task would package stale output.
project.packageTask.reset(node24);
project.packageTask.exec('node scripts/ensure-built.mjs');
project.packageTask.spawn(project.tasks.tryFind('package:js')!, {
  condition: 'node -e "process.exit(process.env.CI ? 0 : 1)"',
});
project.packageTask.exec('node scripts/ensure-packaged.mjs', {
  condition: 'node -e "process.exit(process.env.CI ? 1 : 0)"',
});
project.addTask('package:sar', {
  description: 'Build the application for the AWS Serverless Application Repository in dist/sar',
  steps: [{ exec: node24 }, { exec: 'node scripts/ensure-built.mjs' }, { exec: 'tsx sar/app.ts' }],
});
project.addTask('ensure-built', {
  description: 'Build the bundles and the library if their sources have changed',
  steps: [{ exec: 'node scripts/ensure-built.mjs' }],
});
// npm starts another shell for the build: a shell remembers where it found `node` before Node 24 was installed.
const built = `${node24} && npm run --silent ensure-built`;
// Verifies on AWS what the local runner cannot prove (docs/verify-on-aws.md). A script, not a task: on Ctrl-C, projen exits while the
// stacks are still being deleted; npm waits.
project.setScript('verify:aws', `${built} && tsx scripts/verify-on-aws/main.mts`);
project.setScript('soak', `${built} && tsx bench/soak/main.mts`);
// Sign-in in full (test/e2e/sign-in-page.test.ts, test/interop/keycloak.test.ts); other test runs have a short form of both.
project.setScript(
  'sign-in:page',
  `${built} && SIGN_IN_PAGE=all vitest run --project e2e test/e2e/sign-in-page.test.ts`,
);
project.setScript(
  'sign-in:keycloak',
  `${node24} && KEYCLOAK=all vitest run --config vitest.interop.config.mts test/interop/keycloak.test.ts`,
);
project.setScript('apps', `${built} && tsx scripts/apps/main.mts`);
project.addTask('start', {
  description: 'Run the example server locally, without an AWS account',
  steps: [
    { exec: node24 },
    { exec: 'node scripts/ensure-built.mjs' },
    { exec: 'node bin/mcp-lambda local --app "tsx examples/typescript/app.ts"', receiveArgs: true },
  ],
});
project.addTask('inspector', {
  description: 'Open the MCP Inspector (a web page) for a running server',
  steps: [{ exec: node24 }, { exec: 'mcp-inspector', receiveArgs: true }],
});
project.addTask('conformance', {
  description: 'Run the MCP conformance suite against the synthesised template on the local runner',
  steps: [
    { exec: node24 },
    { exec: 'node scripts/ensure-built.mjs' },
    { exec: 'tsx scripts/conformance.mts', receiveArgs: true },
  ],
});
project.addTask('fuzz', {
  description: 'Run 100,000 random inputs against the server functions',
  steps: [{ exec: node24 }, { exec: 'tsx test/fuzz/main.mts', receiveArgs: true }],
});
project.addTask('bench', {
  description: 'Measure each benchmark as a ratio to its peer, and write bench/ratios.json',
  steps: [
    { exec: node24 },
    { exec: 'node scripts/ensure-built.mjs' },
    { exec: 'tsx bench/ratios/main.ts', receiveArgs: true },
  ],
});
// Not part of CI, whose machines are too noisy for a verdict on time.
project.addTask('bench:check', {
  description: 'Measure the benchmarks, and fail if a ratio is more than a fifth above bench/ratios.json',
  steps: [
    { exec: node24 },
    { exec: 'node scripts/ensure-built.mjs' },
    { exec: 'tsx bench/ratios/main.ts --check', receiveArgs: true },
  ],
});
project.addTask('docs:translate', {
  description: 'Update the translations in Markdown files, marked `<!-- python of the snippet above -->`',
  steps: [{ exec: node24 }, { exec: 'tsx scripts/docs/translate.mts', receiveArgs: true }],
});
project.addTask('jsii:strict', {
  description: 'Run jsii with all warnings as errors',
  exec: 'node scripts/jsii-strict.mjs',
});

for (const pattern of [
  'lambda/**',
  'local/**',
  'bench/**',
  'projenrc/**',
  'scripts/**',
  'examples/typescript/**',
  'sar/**',
  'vitest.config.mts',
  'vitest.interop.config.mts',
]) {
  project.biome?.addFilePattern(pattern);
}
// generated by scripts/managed-policies.mjs
project.biome?.addFilePattern('!local/services/iam/managed-policies.json');
project.gitattributes.addAttributes('/local/services/iam/managed-policies.json', 'linguist-generated');
project.gitignore.exclude(
  '/assets/',
  '/coverage/',
  '/.npmignore',
  'cdk.out/',
  '/.jsii.tabl.json.gz',
  '/results/',
  '/verify-on-aws.md',
);
// With disableTsconfig, projen ignores every tsconfig.json, including projenrc/tsconfig.json, without which a fresh clone cannot synthesise
project.gitignore.removePatterns('tsconfig.json');
project.gitignore.exclude('/tsconfig.json');
// .projenrc.ts runs as CommonJS: the `preserve` mode of tsconfig.dev.json keeps `import`, which Node 20 cannot load from .ts
project.tryFindObjectFile('projenrc/tsconfig.json')?.addOverride('compilerOptions.module', 'node16');
project.tryFindObjectFile('projenrc/tsconfig.json')?.addOverride('compilerOptions.moduleResolution', 'node16');

configureRelease(project);
addNightlyWorkflow(project.github!);
addCommunityFiles(project, REPOSITORY, {
  cdkFloor: CDK_VERSION,
  cdkNewest: CDK_NEWEST,
  constructs: CONSTRUCTS_VERSION,
  node: NODE_VERSION,
  python: PYTHON,
  java: JAVA.version,
});

project.synth();
