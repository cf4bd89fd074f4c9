// Runs the MCP conformance suite against the synthesised template on the local runner. Prints a score for each group of scenarios.
// The exit code is 1 if any scenario fails. With --function-url, the endpoint of the server is a function URL.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { line, runSuite } from '../test/conformance/suite.mjs';

const app = `${process.execPath} node_modules/tsx/dist/cli.mjs test/conformance/main.ts ${process.argv.slice(2).join(' ')}`;
const options = ['--app', app, '--isolation', 'lambda', '--port', '0', '--json'];
const runner = spawn(process.execPath, ['bin/mcp-lambda', 'local', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
process.once('exit', () => runner.kill());
let log = '';
runner.stderr.setEncoding('utf8').on('data', (text: string) => {
  log = (log + text).slice(-20_000);
});
const started = once(createInterface(runner.stdout), 'line');
const ended = once(runner, 'exit').then(() => Promise.reject(new Error(`the local runner exited:\n${log}`)));
const [ready] = await Promise.race([started, ended]);
ended.catch(() => {}); // from here on, the suite reports failures

const scores = await runSuite(JSON.parse(ready).servers[0].mcp, (text) => process.stdout.write(text));
for (const { failed, skipped, declined } of scores) {
  report('✗', failed);
  report('- skipped by the suite:', skipped);
  report('- declined:', declined);
}
console.log('');
for (const score of scores) console.log(line(score));
process.exit(scores.every(({ failed }) => Object.keys(failed).length === 0) ? 0 : 1);

function report(mark: string, scenarios: Readonly<Record<string, readonly string[]>>): void {
  for (const [scenario, reasons] of Object.entries(scenarios)) {
    console.log(`\n${mark} ${scenario}`);
    for (const reason of reasons) console.log(`    ${reason}`);
  }
}
