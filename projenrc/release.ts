import { type awscdk, Component, github, release } from 'projen';

/** What a commit's subject may begin with: pull requests are checked for it, the CHANGELOG and the next version are made of it. */
const COMMIT_TYPES: Readonly<Record<string, string | undefined>> = {
  feat: 'Added',
  fix: 'Fixed',
  perf: 'Faster',
  // the rest is no news for users
  bench: undefined,
  build: undefined,
  chore: undefined,
  ci: undefined,
  docs: undefined,
  refactor: undefined,
  test: undefined,
};

/** The release tools need a newer Node than the package does. */
const WORKFLOW_NODE = '24.x';
const PUBLIB = '0.2.1061';
/** Approval and secrets of what publishes belong to this GitHub environment. */
const ENVIRONMENT = 'release';
/** What `.ci/run` needs beside Node: Python and Java functions, clients and packages. */
export const PYTHON = '3.11';
export const JAVA = { version: '17', distribution: 'temurin' };
const GO = '1.26';

/** Releases are started by hand, and have the version that CHANGELOG.md says (see CONTRIBUTING.md). */
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
    { name: 'Everything that is tested', run: '.ci/run' }, // nothing is published that it does not pass
  ],
};

export const githubOptions: github.GitHubOptions = {
  mergify: false,
  pullRequestLint: true,
  pullRequestLintOptions: { semanticTitleOptions: { types: Object.keys(COMMIT_TYPES) } },
};

/** Tasks and workflows around projen's own. */
export function configureRelease(project: awscdk.AwsCdkConstructLibrary): void {
  addChangelogTask(project);
  addBuildWorkflow(project.github!);
  checkCompatibility(project);
  takeRights(project.github!);
  project.github!.tryFindWorkflow('release')!.file!.addOverride('jobs.release.timeout-minutes', 60); // .ci/run, and the packages
  new CheckoutsWithoutCredentials(project);
}

/** Steps of other tasks, not for people. */
const INNER_TASKS = ['bump', 'bump:next-version', 'bump:releasable-commits', 'unbump'];

function addChangelogTask(project: awscdk.AwsCdkConstructLibrary): void {
  const bump = project.tasks.tryFind('bump')!;
  const unbump = project.tasks.tryFind('unbump')!;
  project.addTask('changelog', {
    description:
      'Writes the next version into CHANGELOG.md: what stands under "Unreleased", and the commits since the last release',
    steps: [
      { execArgs: ['rm', '-f', 'dist/changelog.md'] }, // or the new one would stand above the last
      { spawn: bump.name },
      { spawn: unbump.name },
      { exec: 'node scripts/changelog.mjs write' },
    ],
  });
  for (const name of INNER_TASKS) project.removeScript(name);
  // after the bump: what GitHub shows for the release is what CHANGELOG.md says, and without it there is none
  const releaseTask = project.tasks.tryFind('release')!;
  const afterBump = releaseTask.steps.findIndex(({ spawn }) => spawn === bump.name) + 1;
  releaseTask.insertStep(afterBump, { exec: 'node scripts/changelog.mjs notes' });
}

/** Against the last release on npm; there is nothing to compare before the first. Experimental is no excuse for a break by accident. */
function checkCompatibility(project: awscdk.AwsCdkConstructLibrary): void {
  const compat = project.tasks.tryFind('compat')!;
  const [{ execArgs = [] }] = compat.steps;
  compat.reset();
  compat.execArgs([...execArgs, '--error-on', 'all']);
}

/** One command, the same that everybody can run. */
function addBuildWorkflow(host: github.GitHub): void {
  const workflow = host.addWorkflow('build');
  workflow.on({ pullRequest: {}, push: { branches: ['main'] }, mergeGroup: {}, workflowDispatch: {} });
  workflow.addJob('build', {
    runsOn: ['ubuntu-latest'],
    timeoutMinutes: 45,
    permissions: { contents: github.workflows.JobPermission.READ },
    tools: { node: { version: WORKFLOW_NODE }, python: { version: PYTHON }, java: JAVA, go: { version: GO } },
    steps: [
      // the whole history: the commits since the last release are checked
      { name: 'Checkout', uses: github.ActionRefs.ACTIONS_CHECKOUT, with: { 'fetch-depth': 0 } },
      { name: 'Build and test', run: '.ci/run' },
    ],
  });
}

/** Git's credentials do not stay on the disk for the scripts that run after the checkout. */
class CheckoutsWithoutCredentials extends Component {
  /** By now the release has its jobs: this component comes after projen's own. */
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

/** What projen grants and nothing here uses: writing while packages are built, and this repository's rights for anybody's pull request. */
function takeRights(host: github.GitHub): void {
  host.tryFindWorkflow('release')!.file!.addOverride('jobs.release.permissions', { contents: 'read' });
  const lint = host.tryFindWorkflow('pull-request-lint')!.file!;
  lint.addDeletionOverride('on.pull_request_target');
  lint.addOverride('on.pull_request', { types: ['opened', 'edited', 'reopened', 'synchronize'] });
  lint.addOverride('jobs.validate.permissions', { 'pull-requests': 'read' });
}
