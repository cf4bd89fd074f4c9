import { cpSync, existsSync, mkdtempSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ENV } from '../../src/private/contract.js';
import { unzip } from '../assembly/unzip.js';
import { oauthConfigOf, withoutRemoteKeys } from '../services/authorization-server/oauth-config.js';
import type { FunctionDefinition } from '../services/lambda/function.js';
import { reportCheck } from './function-check.js';
import { assertAssumable } from './iam.js';
import { writeInlineCode } from './inline-code.js';
import { replaceIssuers } from './issuers.js';
import { NotRunError } from './not-run.js';
import { type ResourceContext, type ResourceType, tagsOf, upsertType } from './resource-type.js';
import type { Services } from './services.js';

/** Limits of Lambda's names, in characters. */
const MAX_FUNCTION_NAME = 64;
const MAX_STATEMENT_ID = 100;
/** Lambda's defaults. */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

/** Name of an asset in a cloud assembly. Any other directory is a source directory of the app. */
const STAGED_ASSET = /^asset\./;
/** Runtimes to which a debugger can attach. */
const DEBUGGED_RUNTIME = /^(?:nodejs|java|python)/;
/** Variables of the functions of MCP servers. */
const SERVER_VARIABLES = [ENV.SERVER_ID, ENV.REGISTRY_TABLE, ENV.OAUTH, ENV.AUTHORIZATION];
/** Part of the construct paths of the CDK's own functions. */
const CDK_PROVIDER = 'Custom::';

const CONTAINER_IMAGE =
  'container images are not supported by the local runner: it runs functions in Node.js, Python and Java, and bootstrap programs';

const runnableFunction = upsertType(
  async (context) => {
    const { properties, services, stack } = context;
    const name: string = properties.FunctionName ?? context.physicalName(MAX_FUNCTION_NAME);
    const arn = context.arn('lambda', `function:${name}`);
    const roleName = assertAssumable(context, properties.Role, 'lambda.amazonaws.com', arn);
    const credentials = services.iam.issueRoleKey(roleName, name);
    for (const { LocalMountPath } of properties.FileSystemConfigs ?? []) {
      context.reportNotRun(`runs without the file system at ${LocalMountPath}`, 'deploy');
    }
    const definition: FunctionDefinition = {
      name,
      arn,
      ...codeLocation(context),
      ...layersOf(context),
      timeoutSeconds: Number(properties.Timeout ?? DEFAULT_TIMEOUT_SECONDS),
      memoryMb: Number(properties.MemorySize ?? DEFAULT_MEMORY_MB),
      debugPort: await debugPortOf(context),
      // when it is needed: addresses of resources that are created later are replaced, too
      get environment() {
        return {
          ...localEnvironment(properties.Environment?.Variables, services),
          ...loggingVariables(properties.LoggingConfig),
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          AWS_SESSION_TOKEN: credentials.sessionToken!,
          AWS_REGION: stack.environment.region,
          AWS_ENDPOINT_URL: services.awsEndpointUrl,
        };
      },
      logGroup: properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`,
      reservedConcurrency: reservedConcurrency(properties.ReservedConcurrentExecutions),
      tags: tagsOf(properties.Tags),
      roleArn: properties.Role,
      nodeModules: services.nodeModules,
    };
    services.lambda.define(definition);
    await replaceIssuers(context, oauthConfigOf(properties.Environment?.Variables)?.issuers ?? []);
    await reportCheck(services, context.path, name);
    return { physicalId: name, attributes: { Arn: arn } };
  },
  ({ services }, { physicalId }) => services.lambda.remove(physicalId),
);

/** Returns the variables from which runtime clients and Powertools read the log format and level of a function. */
function loggingVariables({
  LogFormat,
  ApplicationLogLevel = 'INFO',
}: {
  LogFormat?: string;
  ApplicationLogLevel?: string;
} = {}): Record<string, string> {
  return LogFormat === 'JSON' ? { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: ApplicationLogLevel } : {};
}

export const lambdaFunction: ResourceType = {
  ...runnableFunction,
  async createUnavailable(context, problem) {
    const { properties, services } = context;
    const name: string = properties.FunctionName ?? context.physicalName(MAX_FUNCTION_NAME);
    const arn = context.arn('lambda', `function:${name}`);
    services.lambda.define({
      name,
      arn,
      handler: '',
      runtime: String(properties.Runtime ?? ''),
      codeDir: newDirectory(context),
      problem,
      timeoutSeconds: DEFAULT_TIMEOUT_SECONDS,
      memoryMb: DEFAULT_MEMORY_MB,
      environment: {},
      tags: {},
      roleArn: String(properties.Role ?? ''),
    });
    return { physicalId: name, attributes: { Arn: arn } };
  },
};

/** `AWS::Lambda::LayerVersion`. */
export const layerVersion = upsertType(
  (context, previous) => {
    const { properties, services } = context;
    const { S3Bucket, S3Key } = properties.Content ?? {};
    const archive = context.assets.get(String(S3Key));
    if (!archive) throw new NotRunError(`the code s3://${S3Bucket}/${S3Key} is not an asset of this app`, 'deploy');
    const name: string = properties.LayerName ?? context.logicalId;
    const version = Number(previous?.returnValues.physicalId.split(':').at(-1) ?? 0) + 1;
    const arn = context.arn('lambda', `layer:${name}:${version}`);
    services.layers.set(arn, assetDirectory(archive, context));
    return { physicalId: arn, attributes: { LayerVersionArn: arn } };
  },
  ({ services }, { physicalId }) => void services.layers.delete(physicalId),
);

/** All versions share the current code of the function, but have their own resource-based policies. */
export const version = upsertType(({ properties, services }, previous) => {
  const { name, arn } = services.lambda.target(properties.FunctionName).definition;
  const newest = (services.versions.get(name) ?? 0) + 1;
  const number = previous?.returnValues.attributes?.Version ?? String(newest);
  if (!previous) services.versions.set(name, newest);
  services.lambda.defineQualifier(name, String(number));
  return { physicalId: `${arn}:${number}`, attributes: { Version: number, FunctionArn: `${arn}:${number}` } };
});

export const alias = upsertType(({ properties, services }) => {
  const { name, arn } = services.lambda.target(properties.FunctionName).definition;
  services.lambda.defineQualifier(name, properties.Name);
  return { physicalId: `${arn}:${properties.Name}`, attributes: { AliasArn: `${arn}:${properties.Name}` } };
});

/** `AWS::Lambda::EventInvokeConfig`. The retries of one qualifier apply to all. */
export const eventInvokeConfig = upsertType(
  ({ properties, services, logicalId }) => {
    const { FunctionName, MaximumRetryAttempts } = properties;
    if (services.lambda.get(FunctionName)) {
      const attempts = MaximumRetryAttempts === undefined ? undefined : Number(MaximumRetryAttempts);
      services.lambda.setRetryAttempts(FunctionName, attempts);
    }
    return { physicalId: logicalId };
  },
  ({ properties, services }) => {
    if (services.lambda.get(properties.FunctionName)) {
      services.lambda.setRetryAttempts(properties.FunctionName, undefined);
    }
  },
);

export const permission = upsertType(
  (context, previous) => {
    const { FunctionName, ...statement } = context.properties;
    const id = context.physicalName(MAX_STATEMENT_ID);
    if (!context.services.lambda.find(FunctionName)) return { physicalId: id }; // a function of another app
    if (previous) {
      context.services.lambda.removePermission(previous.properties.FunctionName, previous.returnValues.physicalId);
    }
    const { Action, Principal, SourceArn, SourceAccount, PrincipalOrgID } = statement;
    const { FunctionUrlAuthType, InvokedViaFunctionUrl } = statement;
    context.services.lambda.addPermission(FunctionName, {
      StatementId: id,
      Action,
      Principal,
      SourceArn,
      SourceAccount,
      PrincipalOrgID,
      FunctionUrlAuthType,
      InvokedViaFunctionUrl: InvokedViaFunctionUrl === true || InvokedViaFunctionUrl === 'true',
    });
    return { physicalId: id };
  },
  ({ properties, services }, { physicalId }) => {
    if (!services.lambda.find(properties.FunctionName)) return;
    services.lambda.removePermission(properties.FunctionName, physicalId);
  },
);

/** Returns the local directory of a function's code, with handler and runtime, or the reason why it has none. */
function codeLocation(
  context: ResourceContext,
): Pick<FunctionDefinition, 'codeDir' | 'isSource' | 'handler' | 'runtime' | 'problem' | 'architecture'> {
  const { properties } = context;
  const { Code, Handler = '', Runtime = '' } = properties;
  const [architecture = 'x86_64'] = properties.Architectures ?? [];
  const entryPoint = { handler: String(Handler), runtime: String(Runtime), architecture: String(architecture) };
  if (Code.ImageUri) return { ...entryPoint, codeDir: newDirectory(context), problem: CONTAINER_IMAGE };
  if (Code.ZipFile !== undefined) {
    const codeDir = newDirectory(context);
    writeInlineCode(codeDir, entryPoint.runtime, String(Code.ZipFile));
    return { ...entryPoint, codeDir };
  }
  const path = context.assets.get(String(Code.S3Key));
  if (path !== undefined && !existsSync(path)) {
    return {
      ...entryPoint,
      codeDir: newDirectory(context),
      problem: `its asset ${path} does not exist: run cdk synth`,
    };
  }
  if (path !== undefined) {
    const isSource = statSync(path).isDirectory() && !STAGED_ASSET.test(basename(path));
    return { ...entryPoint, codeDir: assetDirectory(path, context), isSource };
  }
  const problem = `the code s3://${Code.S3Bucket}/${Code.S3Key} is not an asset of this app`;
  return { ...entryPoint, codeDir: newDirectory(context), problem };
}

/** Returns the directory with the layers of a function (`/opt` on Lambda), and the ARNs of layers that are not part of the app. */
function layersOf(context: ResourceContext): Pick<FunctionDefinition, 'layersDir' | 'missingLayers'> {
  const arns: string[] = context.properties.Layers ?? [];
  const { layers } = context.services;
  const missingLayers = arns.filter((arn) => !layers.has(arn));
  if (missingLayers.length > 0) {
    context.reportNotRun(
      `runs without its ${missingLayers.length === 1 ? 'layer' : 'layers'} ${missingLayers.join(', ')}`,
      'add the content of the layer to the app, as a LayerVersion with Code.fromAsset()',
    );
  }
  const [first, ...others] = arns.flatMap((arn) => layers.get(arn) ?? []);
  if (first === undefined) return { missingLayers };
  if (others.length === 0) return { layersDir: first, missingLayers };
  const layersDir = newDirectory(context);
  for (const directory of [first, ...others]) cpSync(directory, layersDir, { recursive: true });
  return { layersDir, missingLayers };
}

function newDirectory({ services, logicalId }: ResourceContext): string {
  return mkdtempSync(join(services.workDir, `${logicalId}-`));
}

/** Returns the directory of an asset. Extracts it if it is an archive. */
function assetDirectory(path: string, context: ResourceContext): string {
  if (statSync(path).isDirectory()) return path;
  return unpackArchive(path, context.services, () => newDirectory(context));
}

/** Extracts an archive (`.zip`, `.jar`) once for all functions that share it. Returns the directory. */
function unpackArchive(archive: string, { archives }: Services, directory: () => string): string {
  const { mtimeMs, size } = statSync(archive);
  const key = `${archive} ${mtimeMs} ${size}`;
  const known = archives.get(key);
  if (known) return known;
  const codeDir = directory();
  unzip(archive, codeDir);
  archives.set(key, codeDir);
  return codeDir;
}

/** Returns the port of the debugger of a function; undefined for functions of the MCP server and of the CDK. */
async function debugPortOf({ services, properties, path }: ResourceContext): Promise<number | undefined> {
  const variables = properties.Environment?.Variables ?? {};
  const isOwn = !SERVER_VARIABLES.some((name) => name in variables) && !path.includes(CDK_PROVIDER);
  return isOwn && DEBUGGED_RUNTIME.test(String(properties.Runtime)) ? services.debugPorts?.portOf(path) : undefined;
}

/** Returns the variables with local addresses in place of the public ones. */
function localEnvironment(variables: Record<string, unknown> = {}, services: Services): Record<string, string> {
  const local = Object.entries(variables).map(([name, value]) => [name, services.toLocal(String(value))]);
  return withoutRemoteKeys(Object.fromEntries(local), (issuer) =>
    services.issuers.all.some((each) => each.local === issuer),
  );
}

function reservedConcurrency(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}
