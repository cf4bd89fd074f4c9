import { type awscdk, Component, github, release } from 'projen';

/**
 * Commit types, with their CHANGELOG section. Pull request titles are checked against them; the CHANGELOG and the next version are
 * derived from them.
 */
const COMMIT_TYPES: Readonly<Record<string, string | undefined>> = {
  feat: 'Added',
  fix: 'Fixed',
  perf: 'Faster',
  // not listed in the CHANGELOG
  bench: undefined,
  build: undefined,
  chore: undefined,
  ci: undefined,
  docs: undefined,
  refactor: undefined,
  style: undefined,
  test: undefined,
};

/** The release tools require a newer Node.js version than the package. */
export const WORKFLOW_NODE = '24.x';
const PUBLIB = '0.2.1061';
/** The GitHub environment that holds the secrets for publishing and requires an approval. */
const ENVIRONMENT = 'release';
/** Toolchain versions for `.ci/run`, which tests functions, clients and packages in these languages. */
export const PYTHON = '3.11';
export const JAVA = { version: '17', distribution: 'temurin' };
const GO = '1.26';

/** Releases are started manually and take their version from CHANGELOG.md (see CONTRIBUTING.md). */
export const releaseOptions = {
  release: true,
  releaseTrigger: release.ReleaseTrigger.workflowDispatch(),
  releaseEnvironment: ENVIRONMENT,
  nextVersionCommand: 'node scripts/changelog.mjs next',
  bumpPackage: 'commit-and-tag-version@^12', // 13 needs Node 22
  versionrcOptions: {
    types: Object.entries(COMMIT_TYPES).map(([type, section]) =>
      section ? { type, section } : { type, hidden: true },
    ),
  },
  jsiiReleaseVersion: PUBLIB,
  npmTrustedPublishing: true,
  npmProvenance: true,
  workflowNodeVersion: WORKFLOW_NODE,
  releaseWorkflowSetupSteps: [
    { uses: github.ActionRefs.ACTIONS_SETUP_PYTHON, with: { 'python-version': PYTHON } },
    {
      uses: github.ActionRefs.ACTIONS_SETUP_JAVA,
      with: { distribution: JAVA.distribution, 'java-version': JAVA.version },
    },
    { uses: github.ActionRefs.ACTIONS_SETUP_GO, with: { 'go-version': GO, cache: false } },
    { name: 'Run all checks', run: '.ci/run' }, // a release must pass every check
  ],
};

export const githubOptions: github.GitHubOptions = {
  mergify: false,
  pullRequestLint: true,
  pullRequestLintOptions: { semanticTitleOptions: { types: Object.keys(COMMIT_TYPES) } },
};

/** Adds tasks and workflows, and adjusts those of projen. */
export function configureRelease(project: awscdk.AwsCdkConstructLibrary): void {
  addChangelogTask(project);
  addSbom(project);
  addBuildWorkflow(project.github!);
  checkCompatibility(project);
  reducePermissions(project.github!);
  project.github!.tryFindWorkflow('release')!.file!.addOverride('jobs.release.timeout-minutes', 60); // .ci/run plus packaging
  new CheckoutsWithoutCredentials(project);
}

/** Tasks that are only steps of other tasks and not meant to be run directly. */
const INNER_TASKS = ['bump', 'bump:next-version', 'bump:releasable-commits', 'unbump'];

function addChangelogTask(project: awscdk.AwsCdkConstructLibrary): void {
  const bump = project.tasks.tryFind('bump')!;
  const unbump = project.tasks.tryFind('unbump')!;
  project.addTask('changelog', {
    description:
      'Add the next version to CHANGELOG.md: the notes under "Unreleased" and the commits since the last release',
    steps: [
      { execArgs: ['rm', '-f', 'dist/changelog.md'] }, // otherwise the new section would be prepended to the last one
      { spawn: bump.name },
      { spawn: unbump.name },
      { exec: 'node scripts/changelog.mjs write' },
    ],
  });
  for (const name of INNER_TASKS) project.removeScript(name);
  // after the bump: the text of the GitHub release comes from CHANGELOG.md; without a section the release fails
  const releaseTask = project.tasks.tryFind('release')!;
  const afterBump = releaseTask.steps.findIndex(({ spawn }) => spawn === bump.name) + 1;
  releaseTask.insertStep(afterBump, { exec: 'node scripts/changelog.mjs notes' });
}

/** The software bill of materials of a release: built after the bundles, with the version of the release, and attached to it on GitHub. */
const SBOM = 'dist/sbom.cdx.json';

function addSbom(project: awscdk.AwsCdkConstructLibrary): void {
  const releaseTask = project.tasks.tryFind('release')!;
  const afterBuild = releaseTask.steps.findIndex(({ spawn }) => spawn === 'build') + 1;
  releaseTask.insertStep(afterBuild, { exec: `node scripts/sbom.mjs ${SBOM}` });
  new AttachedSbom(project);
}

/** Adds the file to the command that creates the GitHub release, so that no release exists without it. */
class AttachedSbom extends Component {
  /** Runs after projen's own components have added the release jobs. */
  override preSynthesize(): void {
    const workflow = github.GitHub.of(this.project)!.tryFindWorkflow('release')!;
    const job = workflow.jobs.release_github;
    if (!job || !('steps' in job))
      throw new Error('the release workflow has no job release_github to attach the SBOM to');
    const creates = (run = '') => run.includes('gh release create');
    if (!job.steps.some(({ run }) => creates(run))) throw new Error('the job release_github creates no release');
    const steps = job.steps.map((step) => (creates(step.run) ? { ...step, run: `${step.run} ${SBOM}` } : step));
    workflow.updateJob('release_github', { ...job, steps });
  }
}

/** Compares the API with the last release on npm, if there is one. Breaking changes are errors, although the API is experimental. */
function checkCompatibility(project: awscdk.AwsCdkConstructLibrary): void {
  const compat = project.tasks.tryFind('compat')!;
  const [{ execArgs = [] }] = compat.steps;
  compat.reset();
  compat.execArgs([...execArgs, '--error-on', 'all']);
}

/** Runs `.ci/run`, the same command that contributors run locally. */
function addBuildWorkflow(host: github.GitHub): void {
  const workflow = host.addWorkflow('build');
  workflow.on({ pullRequest: {}, push: { branches: ['main'] }, mergeGroup: {}, workflowDispatch: {} });
  workflow.addJob('build', {
    runsOn: ['ubuntu-latest'],
    timeoutMinutes: 45,
    permissions: { contents: github.workflows.JobPermission.READ },
    tools: { node: { version: WORKFLOW_NODE }, python: { version: PYTHON }, java: JAVA, go: { version: GO } },
    steps: [
      // full history: the tests check the commits since the last release
      { name: 'Checkout', uses: github.ActionRefs.ACTIONS_CHECKOUT, with: { 'fetch-depth': 0 } },
      { name: 'Build and test', run: '.ci/run' },
      {
        name: 'Keep the pictures of the console',
        if: 'always()',
        uses: github.ActionRefs.ACTIONS_UPLOAD_ARTIFACT,
        with: { name: 'console', path: 'results/console', 'if-no-files-found': 'ignore' },
      },
    ],
  });
}

/** Disables `persist-credentials`, so that later steps cannot read the Git credentials from disk. */
class CheckoutsWithoutCredentials extends Component {
  /** Runs after projen's own components have added the release jobs. */
  override preSynthesize(): void {
    for (const workflow of github.GitHub.of(this.project)!.workflows) {
      for (const [id, job] of Object.entries(workflow.jobs)) {
        if (!('steps' in job)) continue;
        const steps = job.steps.map((step) =>
          step.uses?.startsWith('actions/checkout') ? withoutCredentials(step) : step,
        );
        workflow.updateJob(id, { ...job, steps });
      }
    }
  }
}

function withoutCredentials(step: github.workflows.JobStep): github.workflows.JobStep {
  return { ...step, with: { ...step.with, 'persist-credentials': false } };
}

/** Removes unused permissions: write access during the build, and `pull_request_target` for pull requests from forks. */
function reducePermissions(host: github.GitHub): void {
  host.tryFindWorkflow('release')!.file!.addOverride('jobs.release.permissions', { contents: 'read' });
  const lint = host.tryFindWorkflow('pull-request-lint')!.file!;
  lint.addDeletionOverride('on.pull_request_target');
  lint.addOverride('on.pull_request', { types: ['opened', 'edited', 'reopened', 'synchronize'] });
  lint.addOverride('jobs.validate.permissions', { 'pull-requests': 'read' });
}
