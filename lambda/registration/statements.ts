import { setTimeout as sleep } from 'node:timers/promises';
import { AddPermissionCommand, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { ENV, STATEMENT_PREFIX } from '../../src/private/contract.js';
import { parseFunctionArn } from '../../src/private/validation/index.js';
import { lambda } from '../shared/clients.js';
import { requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { bounded, isError } from './lambda-control.js';
import { RegistrationError } from './request-error.js';

const ATTEMPTS = 4;
const PAUSE_MS = 300;

/** The id of this server's statement in the policy of every function, or of its version or alias. */
export function statementId(): string {
  return `${STATEMENT_PREFIX}${requireEnv(ENV.SERVER_ID)}`;
}

/** Lets the runtime role invoke a function; that it already may is success. */
export async function addStatement(functionArn: string): Promise<void> {
  const command = new AddPermissionCommand({
    ...target(functionArn),
    StatementId: statementId(),
    Action: 'lambda:InvokeFunction',
    Principal: requireEnv(ENV.RUNTIME_ROLE_ARN),
  });
  for (let attempt = 1; ; attempt++) {
    try {
      await lambda().send(command, bounded());
      return;
    } catch (error) {
      if (!isError(error, 'ResourceConflictException')) throw refusalOf(error, functionArn);
      if (error.message.includes('already exists')) return;
      // else the function, or its policy, is being changed by somebody
      if (attempt === ATTEMPTS)
        throw new RegistrationError(409, `${functionArn} is being changed right now: try again in a minute`);
      await sleep(PAUSE_MS * attempt);
    }
  }
}

/** Takes the permission back; that it is not there, or not ours to take any more, is success. */
export async function removeStatement(functionArn: string): Promise<void> {
  const command = new RemovePermissionCommand({ ...target(functionArn), StatementId: statementId() });
  for (let attempt = 1; ; attempt++) {
    try {
      await lambda().send(command, bounded());
      return;
    } catch (error) {
      if (isError(error, 'ResourceNotFoundException')) return;
      if (isError(error, 'AccessDeniedException')) {
        log.warn('a permission statement stays behind: the owner of the function withdrew the right to remove it', {
          functionArn,
          statementId: statementId(),
        });
        return;
      }
      if (!isError(error, 'ResourceConflictException') || attempt === ATTEMPTS) throw error;
      await sleep(PAUSE_MS * attempt);
    }
  }
}

function target(functionArn: string) {
  const { unqualified, qualifier } = parseFunctionArn(functionArn)!;
  return { FunctionName: unqualified, Qualifier: qualifier };
}

function refusalOf(error: unknown, functionArn: string): unknown {
  if (isError(error, 'PolicyLengthExceededException')) {
    return new RegistrationError(
      409,
      `the policy of ${functionArn} is full (20 KB): remove statements that nobody needs, register an alias of it, ` +
        'which has a policy of its own, or declare it with addTool, which needs no statement',
    );
  }
  if (isError(error, 'ResourceNotFoundException'))
    return new RegistrationError(400, `function ${functionArn} does not exist`);
  if (isError(error, 'AccessDeniedException')) {
    return new RegistrationError(400, `${functionArn} is not registrable: this server may not add a permission to it`);
  }
  return error;
}
