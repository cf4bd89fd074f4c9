import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { AwsError, escapeXml } from '../aws-endpoint/errors.js';
import { notRunLocally } from '../aws-endpoint/not-run.js';
import type { ServiceCall } from '../aws-endpoint/service-call.js';
import type { BufferedRequest } from '../forward.js';
import type { PolicyDocument, RequestContext } from '../iam/policy.js';
import type { IamService, Role } from '../iam/service.js';

const ROLE_ARN = /^arn:aws[\w-]*:iam::\d{12}:role\/.+$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
/** Parameters that the runner does not evaluate: they would limit the session. */
const SESSION_POLICIES = /^Policy(Arns\.|$)/;
const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 900;
const MAX_SECONDS = 43_200;

/** A trust policy that is unknown, because the role belongs to another app. */
const UNKNOWN_TRUST: PolicyDocument = {
  Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: '*' },
};

/**
 * Parses a call of STS. `AssumeRole` requires that the trust policy of the role allows the caller.
 * @param onNotice receives a message about a role whose trust policy is unknown
 */
export function parseStsCall(
  request: BufferedRequest,
  iam: IamService,
  onNotice: (text: string) => void,
): ServiceCall | undefined {
  const form = new URLSearchParams(request.body.toString());
  if (form.get('Action') !== 'AssumeRole') return undefined;
  const limited = [...form.keys()].find((name) => SESSION_POLICIES.test(name));
  if (limited) throw notRunLocally('sts', `AssumeRole with ${limited.replace(/\..*/, '')}`);
  const roleArn = required(form, 'RoleArn', ROLE_ARN);
  const session = required(form, 'RoleSessionName', SESSION_NAME);
  const seconds = durationOf(form);
  const role = iam.roleByArn(roleArn);
  if (role?.imported) onNotice(`${roleArn} is not part of the app: its trust policy is unknown, and not evaluated`);
  return {
    permissions: [
      {
        action: 'sts:AssumeRole',
        resource: roleArn,
        context: contextOf(form, role),
        // a role that does not exist trusts no caller
        trustPolicy: role?.imported ? UNKNOWN_TRUST : (role?.trustPolicy ?? { Statement: [] }),
      },
    ],
    handle: async (response) => sendSession(response, iam, role!, session, seconds),
  };
}

/** Returns the condition keys of STS. */
function contextOf(form: URLSearchParams, role: Role | undefined): RequestContext {
  const tags = new Map<string, string>();
  for (const [name, key] of form) {
    const [, index] = /^Tags\.member\.(\d+)\.Key$/.exec(name) ?? [];
    if (index) tags.set(key, form.get(`Tags.member.${index}.Value`) ?? '');
  }
  return {
    'sts:RoleSessionName': form.get('RoleSessionName') ?? undefined,
    'sts:ExternalId': form.get('ExternalId') ?? undefined,
    'sts:SourceIdentity': form.get('SourceIdentity') ?? undefined,
    ...Object.fromEntries(Object.entries(role?.tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
    ...Object.fromEntries([...tags].map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(tags.size > 0 && { 'aws:TagKeys': [...tags.keys()] }),
  };
}

function durationOf(form: URLSearchParams): number {
  const text = form.get('DurationSeconds');
  const seconds = text === null ? DEFAULT_SECONDS : Number(text);
  if (Number.isInteger(seconds) && seconds >= MIN_SECONDS && seconds <= MAX_SECONDS) return seconds;
  throw invalid(`DurationSeconds must be from ${MIN_SECONDS} to ${MAX_SECONDS}: ${text}`);
}

function required(form: URLSearchParams, name: string, pattern: RegExp): string {
  const value = form.get(name) ?? '';
  if (pattern.test(value)) return value;
  throw invalid(`value '${value}' at '${name}' must satisfy the regular expression ${pattern.source}`);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', 400, `1 validation error detected: ${message}`);
}

function sendSession(response: ServerResponse, iam: IamService, role: Role, session: string, seconds: number): void {
  const { accessKeyId, secretAccessKey, sessionToken = '' } = iam.issueRoleKey(role.name, session);
  const { sessionArn } = iam.roleSession(role.name, session)!;
  const expiration = new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const credentials = `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken><Expiration>${expiration}</Expiration></Credentials>`;
  const user = `<AssumedRoleUser><AssumedRoleId>AROA${escapeXml(role.name)}:${session}</AssumedRoleId><Arn>${escapeXml(sessionArn)}</Arn></AssumedRoleUser>`;
  const body = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>${user}${credentials}</AssumeRoleResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></AssumeRoleResponse>`;
  response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
}
