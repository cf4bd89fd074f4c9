import { github } from 'projen';
import { WORKFLOW_NODE } from './release';

/** Share of each kind of fault: with nine kinds, about a tenth of the attempts at an AWS call fail. */
const FAULT_SHARE = 0.011;
const MINUTES = 10;

/** Runs each night what takes too long for `.ci/run`: 100,000 random inputs, with other inputs each time, both parts of the soak test, and 1,000 calls whose audit records are counted. */
export function addNightlyWorkflow(host: github.GitHub): void {
  const workflow = host.addWorkflow('nightly');
  workflow.on({ schedule: [{ cron: '17 3 * * *' }], workflowDispatch: {} });
  const job = (timeoutMinutes: number, steps: github.workflows.JobStep[]): github.workflows.Job => ({
    runsOn: ['ubuntu-latest'],
    timeoutMinutes,
    permissions: { contents: github.workflows.JobPermission.READ },
    tools: { node: { version: WORKFLOW_NODE } },
    steps: [
      { name: 'Checkout', uses: github.ActionRefs.ACTIONS_CHECKOUT },
      { name: 'Install', run: 'npm ci' },
      ...steps,
    ],
  });
  workflow.addJob(
    'fuzz',
    job(90, [{ name: 'Fuzz', run: 'npm run fuzz -- --cases 100000 --seed "$GITHUB_RUN_NUMBER"' }]),
  );
  workflow.addJob(
    'audit',
    job(30, [
      {
        name: 'Count the audit records of 1,000 calls',
        run: 'npm run vitest -- --project e2e test/e2e/audit.test.ts',
        env: { AUDIT_CALLS: '1000' },
      },
    ]),
  );
  const soak = (run: string) => `npm run soak -- ${MINUTES} ${run} ${FAULT_SHARE}`;
  workflow.addJob(
    'soak',
    job(60, [
      { name: 'Soak, shared processes', run: soak('500') },
      { name: 'Soak, killed processes', run: soak('100'), if: 'success() || failure()' },
    ]),
  );
}
