/** Measures each server function's bundle: its size, and its load time relative to an empty Node.js process. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { median, table } from './report';

const RUNS = 20;
const functions = ['sse', 'http', 'message', 'registration', 'sweeper', 'task-runner'];

/** The environment that importing a function requires. No request is made. */
const env = {
  PATH: process.env.PATH,
  AWS_REGION: 'us-east-1',
  MCP_SERVER_ID: 'mcp-bench',
  MCP_SERVER_INFO: '{"name":"bench","version":"1.0.0"}',
  MCP_REGISTRY_TABLE: 'registry',
  MCP_SESSION_TABLE: 'sessions',
  MCP_RUNTIME_ROLE_ARN: 'arn:aws:iam::123456789012:role/bench',
  MCP_METRIC_NAMESPACE: 'McpLambda',
};

/** Milliseconds from process start to the end of the import, measured in that process. */
function loadTime(code: string): number {
  const script = `${code}; process.stdout.write(String(performance.now()))`;
  const { stdout, status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout.split('\n').at(-1));
}

const times = (code: string) => Array.from({ length: RUNS }, () => loadTime(code));
const awslambda = 'globalThis.awslambda={streamifyResponse:(f)=>f,HttpResponseStream:{from:(s)=>s}}';
const empty = median(times(awslambda));

table(
  ['function', 'KB', 'KB gzipped', 'module load, ms over an empty process (median)', 'min'],
  functions.map((name) => {
    const path = pathToFileURL(`assets/lambda/${name}/index.mjs`);
    const files = readdirSync(`assets/lambda/${name}`).filter((file) => file.endsWith('.mjs'));
    const bytes = Buffer.concat(files.map((file) => readFileSync(`assets/lambda/${name}/${file}`)));
    const ms = times(`${awslambda}; await import(${JSON.stringify(path.href)})`);
    return [
      name,
      (bytes.length / 1024).toFixed(0),
      (gzipSync(bytes).length / 1024).toFixed(0),
      (median(ms) - empty).toFixed(0),
      (Math.min(...ms) - empty).toFixed(0),
    ];
  }),
);
