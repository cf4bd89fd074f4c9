import { setTimeout as sleep } from 'node:timers/promises';
import { AddPermissionCommand, GetPolicyCommand, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { ENV, STATEMENT_PREFIX } from '../../src/private/contract.js';
import { parseFunctionArn } from '../../src/private/validation/index.js';
import { repeatingLambda } from '../shared/clients.js';
import { requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { isError, requestOptions } from './lambda-control.js';
import { optInAdvice, registrablePatterns } from './registrable.js';
import { RegistrationError } from './request-error.js';

const MAX_ATTEMPTS = 4;
const PAUSE_MS = 300;
/** How long Lambda may reject a principal that IAM has just created, milliseconds. Short of API Gateway's 29 seconds for a request. */
const PRINCIPAL_MS = 5_000;

/** Id of this server's statement in the resource policy of a function, version or alias. */
export function statementId(): string {
  return `${STATEMENT_PREFIX}${requireEnv(ENV.SERVER_ID)}`;
}

/** Adds the statement that lets the runtime role invoke a function. Succeeds if it exists already. */
export async function addStatement(functionArn: string): Promise<void> {
  const started = Date.now();
  for (let attempt = 1; ; attempt++) {
    try {
      await tryToAddStatement(functionArn);
      return;
    } catch (error) {
      if (isInvalidPrincipal(error)) {
        if (Date.now() - started > PRINCIPAL_MS) throw await notAdded(functionArn);
      } else if (!isError(error, 'ResourceConflictException')) throw toRegistrationError(error, functionArn);
      else if (attempt >= MAX_ATTEMPTS) {
        // another request is changing the function or its policy
        throw new RegistrationError(409, `${functionArn} is being changed: try again in a minute`);
      }
      await sleep(PAUSE_MS * attempt);
    }
  }
}

/** Replaces the statement, which may refer to a role that has been replaced. Makes one attempt. */
export async function renewStatement(functionArn: string): Promise<void> {
  await tryToRemoveStatement(functionArn);
  await tryToAddStatement(functionArn);
}

/**
 * Removes the statement. Succeeds if it does not exist, or names another principal, which IAM protects. Returns whether it was removed.
 *
 * @param isExpected whether the statement should exist; if not, its absence is not logged
 */
export async function removeStatement(functionArn: string, isExpected = true): Promise<boolean> {
  try {
    return await tryToRemoveStatement(functionArn, isExpected);
  } catch (error) {
    throw isInvalidPrincipal(error) ? await notRemoved(functionArn) : error;
  }
}

async function tryToRemoveStatement(functionArn: string, isExpected = true): Promise<boolean> {
  const command = new RemovePermissionCommand({ ...target(functionArn), StatementId: statementId() });
  for (let attempt = 1; ; attempt++) {
    try {
      await repeatingLambda().send(command, requestOptions());
      return true;
    } catch (error) {
      if (isError(error, 'ResourceNotFoundException')) return false;
      if (isError(error, 'AccessDeniedException')) {
        // IAM compares the principal of the statement: without one, it denies the removal too
        const about = { functionArn, statementId: statementId() };
        if (isExpected) {
          log.warn(
            'permission statement not removed: it does not exist, or does not name the role of this server',
            about,
          );
        }
        return false;
      }
      if (!isError(error, 'ResourceConflictException') || attempt === MAX_ATTEMPTS) throw error;
      await sleep(PAUSE_MS * attempt);
    }
  }
}

/** How to repair a resource policy with statements whose principal has been deleted. Lambda rejects every change of such a policy. */
async function deletedPrincipalAdvice(functionArn: string): Promise<string | undefined> {
  const statements = await deletedPrincipalStatements(functionArn);
  if (statements.length === 0) return undefined;
  const { unqualified, qualifier } = parseFunctionArn(functionArn)!;
  const options = `--function-name ${unqualified}${qualifier ? ` --qualifier ${qualifier}` : ''}`;
  const commands = statements.map((id) => `aws lambda remove-permission ${options} --statement-id ${id}`);
  return `its resource policy names a deleted principal in ${statements.join(', ')}; its owner must remove that: ${commands.join('; ')}`;
}

async function tryToAddStatement(functionArn: string): Promise<void> {
  try {
    await repeatingLambda().send(
      new AddPermissionCommand({
        ...target(functionArn),
        StatementId: statementId(),
        Action: 'lambda:InvokeFunction',
        Principal: requireEnv(ENV.RUNTIME_ROLE_ARN),
      }),
      requestOptions(),
    );
  } catch (error) {
    if (!isError(error, 'ResourceConflictException') || !error.message.includes('already exists')) throw error;
  }
}

function target(functionArn: string) {
  const { unqualified, qualifier } = parseFunctionArn(functionArn)!;
  return { FunctionName: unqualified, Qualifier: qualifier };
}

/** Whether Lambda rejects a principal: the runtime role because it is new, or one of the policy because it has been deleted. */
export function isInvalidPrincipal(error: unknown): boolean {
  return isError(error, 'InvalidParameterValueException') && error.message.includes('principal');
}

async function notAdded(functionArn: string): Promise<RegistrationError> {
  const advice =
    (await deletedPrincipalAdvice(functionArn)) ??
    `Lambda does not accept ${requireEnv(ENV.RUNTIME_ROLE_ARN)} as a principal yet; try again in a minute`;
  return new RegistrationError(409, `no permission can be added to ${functionArn}: ${advice}`);
}

async function notRemoved(functionArn: string): Promise<RegistrationError> {
  const advice =
    (await deletedPrincipalAdvice(functionArn)) ??
    `Lambda rejects a principal of its resource policy: aws lambda get-policy --function-name ${functionArn}`;
  return new RegistrationError(
    409,
    `the permission of this server cannot be removed from ${functionArn}: ${advice}; then repeat the request`,
  );
}

/** Ids of the statements whose principal has been deleted: the policy then contains its unique id instead of its ARN. */
async function deletedPrincipalStatements(functionArn: string): Promise<string[]> {
  try {
    const { Policy } = await repeatingLambda().send(new GetPolicyCommand(target(functionArn)), requestOptions());
    const { Statement } = JSON.parse(Policy!) as { Statement: Array<{ Sid: string; Principal?: { AWS?: unknown } }> };
    const isDeleted = (principal: unknown) => /^A[A-Z0-9]{15,}$/.test(String(principal));
    return Statement.filter(({ Principal }) => [Principal?.AWS].flat().some(isDeleted)).map(({ Sid }) => Sid);
  } catch (error) {
    log.warn('reading the resource policy of a function failed', { error: error as Error, functionArn });
    return [];
  }
}

function toRegistrationError(error: unknown, functionArn: string): unknown {
  if (isError(error, 'PolicyLengthExceededException')) {
    return new RegistrationError(
      409,
      `the policy of ${functionArn} is full (20 KB): remove unused statements, register an alias, which has its own policy, ` +
        'or declare the function with addTool(), which needs no statement',
    );
  }
  if (!isError(error, 'ResourceNotFoundException', 'AccessDeniedException')) return error;
  return new RegistrationError(400, refusal(functionArn, error.name));
}

/** Why no permission can be added. If the opt-in tag decides, the answer does not reveal whether a function without it exists. */
function refusal(functionArn: string, reason: string): string {
  if (!registrablePatterns()) {
    return `${functionArn} is not registrable: it does not exist, or its owner must add ${optInAdvice()}`;
  }
  return reason === 'AccessDeniedException'
    ? `${functionArn} is not registrable: this server may not add a permission to it`
    : `function ${functionArn} does not exist`;
}
