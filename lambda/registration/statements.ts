import { setTimeout as sleep } from 'node:timers/promises';
import { AddPermissionCommand, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { ENV, STATEMENT_PREFIX } from '../../src/private/contract.js';
import { parseFunctionArn } from '../../src/private/validation/index.js';
import { lambda } from '../shared/clients.js';
import { requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { isError, requestOptions } from './lambda-control.js';
import { RegistrationError } from './request-error.js';

const MAX_ATTEMPTS = 4;
const PAUSE_MS = 300;

/** Id of this server's statement in the resource policy of a function, version or alias. */
export function statementId(): string {
  return `${STATEMENT_PREFIX}${requireEnv(ENV.SERVER_ID)}`;
}

/** Adds the statement that lets the runtime role invoke a function. Succeeds if it exists already. */
export async function addStatement(functionArn: string): Promise<void> {
  const command = new AddPermissionCommand({
    ...target(functionArn),
    StatementId: statementId(),
    Action: 'lambda:InvokeFunction',
    Principal: requireEnv(ENV.RUNTIME_ROLE_ARN),
  });
  for (let attempt = 1; ; attempt++) {
    try {
      await lambda().send(command, requestOptions());
      return;
    } catch (error) {
      if (!isError(error, 'ResourceConflictException')) throw toRegistrationError(error, functionArn);
      if (error.message.includes('already exists')) return;
      // otherwise another request is changing the function or its policy
      if (attempt === MAX_ATTEMPTS)
        throw new RegistrationError(409, `${functionArn} is being changed: try again in a minute`);
      await sleep(PAUSE_MS * attempt);
    }
  }
}

/** Removes the statement. Succeeds if it does not exist, or if the owner has withdrawn the right to remove it. */
export async function removeStatement(functionArn: string): Promise<void> {
  const command = new RemovePermissionCommand({ ...target(functionArn), StatementId: statementId() });
  for (let attempt = 1; ; attempt++) {
    try {
      await lambda().send(command, requestOptions());
      return;
    } catch (error) {
      if (isError(error, 'ResourceNotFoundException')) return;
      if (isError(error, 'AccessDeniedException')) {
        log.warn('permission statement not removed: the owner of the function has withdrawn the right to remove it', {
          functionArn,
          statementId: statementId(),
        });
        return;
      }
      if (!isError(error, 'ResourceConflictException') || attempt === MAX_ATTEMPTS) throw error;
      await sleep(PAUSE_MS * attempt);
    }
  }
}

function target(functionArn: string) {
  const { unqualified, qualifier } = parseFunctionArn(functionArn)!;
  return { FunctionName: unqualified, Qualifier: qualifier };
}

function toRegistrationError(error: unknown, functionArn: string): unknown {
  if (isError(error, 'PolicyLengthExceededException')) {
    return new RegistrationError(
      409,
      `the policy of ${functionArn} is full (20 KB): remove unused statements, register an alias, which has its own policy, ` +
        'or declare the function with addTool(), which needs no statement',
    );
  }
  if (isError(error, 'ResourceNotFoundException'))
    return new RegistrationError(400, `function ${functionArn} does not exist`);
  if (isError(error, 'AccessDeniedException')) {
    return new RegistrationError(400, `${functionArn} is not registrable: this server may not add a permission to it`);
  }
  return error;
}
