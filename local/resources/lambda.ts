import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzip } from '../assembly/unzip.js';
import type { FunctionDefinition } from '../services/lambda/function.js';
import { checkAssumable } from './iam.js';
import { putType, type ResourceContext, tagsOf } from './resource-type.js';
import type { Services } from './services.js';

/** Limits of Lambda's names, in characters. */
const MAX_FUNCTION_NAME = 64;
const MAX_STATEMENT_ID = 100;
/** Lambda's defaults. */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

export const lambdaFunction = putType(
  async (context) => {
    const { properties, services, stack } = context;
    const name: string = properties.FunctionName ?? context.physicalName(MAX_FUNCTION_NAME);
    const arn = context.arn('lambda', `function:${name}`);
    const roleName = checkAssumable(context, properties.Role, 'lambda.amazonaws.com');
    const credentials = services.iam.issueRoleKey(roleName, name);
    if (properties.Layers?.length) services.warn(`layers are not mounted: ${context.path} runs without its own`);
    const definition: FunctionDefinition = {
      name,
      arn,
      ...code(context),
      timeoutSeconds: Number(properties.Timeout ?? DEFAULT_TIMEOUT_SECONDS),
      memoryMb: Number(properties.MemorySize ?? DEFAULT_MEMORY_MB),
      environment: {
        ...localUrls(properties.Environment?.Variables, services.restApis.toLocal),
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken!,
        AWS_REGION: stack.environment.region,
        AWS_ENDPOINT_URL: services.awsEndpointUrl,
      },
      reservedConcurrency: reserved(properties.ReservedConcurrentExecutions),
      tags: tagsOf(properties.Tags),
      roleArn: properties.Role,
      nodeModules: services.nodeModules,
    };
    services.lambda.define(definition);
    const { problem, notice } = await services.lambda.check(name);
    if (problem) services.warn(`${context.path} cannot run here, its calls fail: ${problem}`);
    if (notice) services.warn(notice);
    return { physicalId: name, attributes: { Arn: arn } };
  },
  ({ services }, { physicalId }) => services.lambda.remove(physicalId),
);

/** Versions share their function's code here; what differs is who may call them by which name. */
export const version = putType(({ properties, services }, previous) => {
  const { name, arn } = services.lambda.target(properties.FunctionName).definition;
  const newest = (services.versions.get(name) ?? 0) + 1;
  const number = previous?.outcome.attributes?.Version ?? String(newest);
  if (!previous) services.versions.set(name, newest);
  services.lambda.defineQualifier(name, String(number));
  return { physicalId: `${arn}:${number}`, attributes: { Version: number, FunctionArn: `${arn}:${number}` } };
});

export const alias = putType(({ properties, services }) => {
  const { name, arn } = services.lambda.target(properties.FunctionName).definition;
  services.lambda.defineQualifier(name, properties.Name);
  return { physicalId: `${arn}:${properties.Name}`, attributes: { AliasArn: `${arn}:${properties.Name}` } };
});

export const permission = putType(
  (context, previous) => {
    const { FunctionName, ...statement } = context.properties;
    if (previous) {
      context.services.lambda.removePermission(previous.properties.FunctionName, previous.outcome.physicalId);
    }
    const id = context.physicalName(MAX_STATEMENT_ID);
    const { Action, Principal, SourceArn, SourceAccount, PrincipalOrgID, FunctionUrlAuthType } = statement;
    context.services.lambda.addPermission(FunctionName, {
      StatementId: id,
      Action,
      Principal,
      SourceArn,
      SourceAccount,
      PrincipalOrgID,
      FunctionUrlAuthType,
    });
    return { physicalId: id };
  },
  ({ properties, services }, { physicalId }) => {
    services.lambda.removePermission(properties.FunctionName, physicalId);
  },
);

/** Where a function's code lies on this disk, and how it is started. */
function code(context: ResourceContext): Pick<FunctionDefinition, 'codeDir' | 'handler' | 'runtime'> {
  const { properties, services, logicalId } = context;
  const { Code, Handler = '', Runtime = '' } = properties;
  const started = { handler: String(Handler), runtime: String(Runtime) };
  const directory = () => mkdtempSync(join(services.workDir, `${logicalId}-`));
  if (Code.ImageUri) return { ...started, codeDir: directory() };
  if (Code.ZipFile !== undefined) {
    const codeDir = directory();
    writeFileSync(join(codeDir, started.runtime.startsWith('python') ? 'index.py' : 'index.js'), Code.ZipFile);
    return { ...started, codeDir };
  }
  const path = context.asset(String(Code.S3Key));
  if (!path) throw new Error(`its code s3://${Code.S3Bucket}/${Code.S3Key} is no asset of this app`);
  if (statSync(path).isDirectory()) return { ...started, codeDir: path };
  return { ...started, codeDir: unpacked(path, services, directory) };
}

/** The folder that an archive (`.zip`, `.jar`) is unpacked to, once for all functions that share it. */
function unpacked(archive: string, { archives }: Services, directory: () => string): string {
  const { mtimeMs, size } = statSync(archive);
  const key = `${archive} ${mtimeMs} ${size}`;
  const known = archives.get(key);
  if (known) return known;
  const codeDir = directory();
  unzip(archive, codeDir);
  archives.set(key, codeDir);
  return codeDir;
}

function localUrls(variables: Record<string, unknown> = {}, toLocal: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, toLocal(String(value))]));
}

function reserved(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}
