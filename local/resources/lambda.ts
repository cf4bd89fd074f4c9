import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzip } from '../assembly/unzip.js';
import type { FunctionDefinition } from '../services/lambda/function.js';
import { oldSdkWarning } from '../services/lambda/old-sdks.js';
import { assertAssumable } from './iam.js';
import { type ResourceContext, tagsOf, upsertType } from './resource-type.js';
import type { Services } from './services.js';

/** Limits of Lambda's names, in characters. */
const MAX_FUNCTION_NAME = 64;
const MAX_STATEMENT_ID = 100;
/** Lambda's defaults. */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

export const lambdaFunction = upsertType(
  async (context) => {
    const { properties, services, stack } = context;
    const name: string = properties.FunctionName ?? context.physicalName(MAX_FUNCTION_NAME);
    const arn = context.arn('lambda', `function:${name}`);
    const roleName = assertAssumable(context, properties.Role, 'lambda.amazonaws.com');
    const credentials = services.iam.issueRoleKey(roleName, name);
    if (properties.Layers?.length) services.warn(`${context.path} runs without its layers: layers are not supported`);
    const definition: FunctionDefinition = {
      name,
      arn,
      ...codeLocation(context),
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
      reservedConcurrency: reservedConcurrency(properties.ReservedConcurrentExecutions),
      tags: tagsOf(properties.Tags),
      roleArn: properties.Role,
      nodeModules: services.nodeModules,
    };
    services.lambda.define(definition);
    const { problem, notice, oldSdk } = await services.lambda.check(name);
    if (problem) services.warn(`${context.path} cannot run on this machine, its invocations fail: ${problem}`);
    if (notice) services.warn(notice);
    if (oldSdk) services.warn(`${context.path} ${oldSdkWarning(oldSdk)}`);
    return { physicalId: name, attributes: { Arn: arn } };
  },
  ({ services }, { physicalId }) => services.lambda.remove(physicalId),
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

export const permission = upsertType(
  (context, previous) => {
    const { FunctionName, ...statement } = context.properties;
    if (previous) {
      context.services.lambda.removePermission(previous.properties.FunctionName, previous.returnValues.physicalId);
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

/** Returns the local directory of a function's code, with handler and runtime. */
function codeLocation(context: ResourceContext): Pick<FunctionDefinition, 'codeDir' | 'handler' | 'runtime'> {
  const { properties, services, logicalId } = context;
  const { Code, Handler = '', Runtime = '' } = properties;
  const entryPoint = { handler: String(Handler), runtime: String(Runtime) };
  const directory = () => mkdtempSync(join(services.workDir, `${logicalId}-`));
  if (Code.ImageUri) return { ...entryPoint, codeDir: directory() };
  if (Code.ZipFile !== undefined) {
    const codeDir = directory();
    writeFileSync(join(codeDir, entryPoint.runtime.startsWith('python') ? 'index.py' : 'index.js'), Code.ZipFile);
    return { ...entryPoint, codeDir };
  }
  const path = context.asset(String(Code.S3Key));
  if (!path) throw new Error(`the code s3://${Code.S3Bucket}/${Code.S3Key} is not an asset of this app`);
  if (statSync(path).isDirectory()) return { ...entryPoint, codeDir: path };
  return { ...entryPoint, codeDir: unpackArchive(path, services, directory) };
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

function localUrls(variables: Record<string, unknown> = {}, toLocal: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, toLocal(String(value))]));
}

function reservedConcurrency(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}
