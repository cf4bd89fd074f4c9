import { randomBytes } from 'node:crypto';
import { devNull } from 'node:os';
import { delimiter, join } from 'node:path';
import type { FunctionDefinition } from './function.js';

/** Environment variables that functions inherit, because processes need them. All others are hidden from functions. */
const INHERITED_VARIABLES = ['PATH', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'windir', 'NODE_V8_COVERAGE'];

/** Turns tracing off. Without the X-Ray daemon, its SDKs and Powertools would log an error for each call. */
const NO_TRACING = {
  AWS_XRAY_CONTEXT_MISSING: 'IGNORE_ERROR',
  AWS_XRAY_SDK_ENABLED: 'false', // Python
  POWERTOOLS_TRACE_ENABLED: 'false', // Node.js
  POWERTOOLS_TRACE_DISABLED: 'true', // Python
};

/**
 * Returns the environment variables of a function's process: those that Lambda defines, and those of the function.
 * @param options `runtimeApi`: address of the Runtime API, `host:port`; `concurrency`: number of concurrent invocations in the process
 */
export function processEnvironment(
  definition: FunctionDefinition,
  options: { runtimeApi: string; region: string; concurrency: number },
): NodeJS.ProcessEnv {
  const inherited = INHERITED_VARIABLES.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return {
    ...Object.fromEntries(inherited),
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    AWS_REGION: options.region,
    AWS_DEFAULT_REGION: options.region,
    // functions must not use the developer's profiles
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    // the code directory can be the developer's source directory
    ...(definition.runtime.startsWith('python') ? { PYTHONDONTWRITEBYTECODE: '1' } : {}),
    ...NO_TRACING,
    ...layerPaths(definition),
    ...definition.environment,
    AWS_EXECUTION_ENV: `AWS_Lambda_${definition.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]${randomBytes(16).toString('hex')}`,
    AWS_LAMBDA_RUNTIME_API: options.runtimeApi,
    LAMBDA_TASK_ROOT: definition.codeDir,
    _HANDLER: definition.handler,
    ...(definition.nodeModules ? { _RUNTIME_NODE_MODULES: definition.nodeModules } : {}),
    ...(definition.isSource ? { _RUNTIME_SOURCE_DIRECTORY: '1' } : {}),
    ...(options.concurrency > 1
      ? { AWS_LAMBDA_MAX_CONCURRENCY: String(options.concurrency), AWS_LAMBDA_NODEJS_WORKER_COUNT: '1' }
      : {}),
  };
}

/** Returns the search paths of Lambda's runtimes for the content of layers. */
function layerPaths({ layersDir, runtime }: FunctionDefinition): Record<string, string> {
  if (layersDir === undefined) return {};
  const node = /^nodejs(\d+)/.exec(runtime)?.[1];
  const paths = (names: readonly string[]) => names.map((name) => join(layersDir, name)).join(delimiter);
  return {
    PATH: [join(layersDir, 'bin'), process.env.PATH].join(delimiter),
    LD_LIBRARY_PATH: paths(['lib']),
    NODE_PATH: paths([`nodejs/node${node}/node_modules`, 'nodejs/node_modules']),
    PYTHONPATH: paths(['python', `python/lib/${runtime}/site-packages`]),
  };
}
