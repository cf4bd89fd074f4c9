import { AddPermissionCommand, InvokeCommand, LambdaClient, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { type Check, type Context, ensure } from '../check.mjs';
import { register } from '../client/registration.mjs';
import { callable } from './callable.mjs';

export const addPermission: Check = {
  id: 6,
  claim: '`AddPermission` is bounded',
  async run(context) {
    const { external, outputs } = context;
    const untagged = await register(context, 'bounded', external.UntaggedArn!);
    ensure(
      untagged.status === 400,
      `registering a function without the mcp-server tag: expected 400, got ${untagged.status}`,
    );
    const tagged = await register(context, 'bounded', external.TaggedArn!);
    const body = await tagged.text();
    ensure(tagged.status === 201, `registering a function with the tag: expected 201, got ${tagged.status}: ${body}`);
    await context.as('Registrar')(`${outputs.Register}/tool-bounded`, { method: 'DELETE' });

    // a function of this stack runs with the Registration function's role
    const other = outputs.AliceArn!;
    const outcomes = {
      'for another principal': await asRegistration(context, external.TaggedArn!, other),
      'for all principals': await asRegistration(context, external.TaggedArn!, '*'),
      'on an untagged function': await asRegistration(context, external.UntaggedArn!, outputs.RuntimeRoleArn!),
    };
    for (const [what, outcome] of Object.entries(outcomes)) {
      ensure(
        outcome === 'AccessDeniedException',
        `AddPermission ${what}, with the registration role: expected AccessDeniedException, got ${outcome}`,
      );
    }
    return `untagged: 400; AddPermission with the role is denied ${Object.keys(outcomes).join(', ')}`;
  },
};

/** Calls AddPermission with the Registration function's role. Returns `added` or the name of the error. */
function asRegistration({ target, outputs }: Context, functionName: string, principal: string): Promise<string> {
  return invoke(target, outputs.ProberName!, { functionName, principal, statementId: 'verify-on-aws' });
}

/** Invokes a function of this stack that tries a call with its role. Returns what it reports. */
async function invoke({ client }: Context['target'], FunctionName: string, event: object): Promise<string> {
  const command = new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) });
  const { Payload, FunctionError } = await new LambdaClient(client).send(command);
  const text = Buffer.from(Payload ?? []).toString();
  ensure(!FunctionError, `the function ${FunctionName} failed: ${text}`);
  return JSON.parse(text);
}

export const removePermission: Check = {
  id: 28,
  claim: '`RemovePermission` is bounded by the principal',
  async run({ target, external, outputs }) {
    const lambda = new LambdaClient(target.client);
    const FunctionName = external.UntaggedArn!;
    const statements = { 'verify-own': outputs.RuntimeRoleArn, 'verify-other': outputs.AliceArn };
    try {
      for (const [StatementId, Principal] of Object.entries(statements)) {
        const statement = { FunctionName, StatementId, Principal, Action: 'lambda:InvokeFunction' };
        await lambda.send(new AddPermissionCommand(statement));
      }
      const remove = (statementId: string) =>
        invoke(target, outputs.RemoverName!, { functionName: FunctionName, statementId });
      const [other, own] = [await remove('verify-other'), await remove('verify-own')];
      ensure(
        other === 'AccessDeniedException',
        `removing the statement of another principal: expected AccessDeniedException, got ${other}`,
      );
      ensure(
        own === 'removed',
        `removing the statement of the RuntimeRole: expected removed, got ${own}: IAM does not evaluate lambda:Principal for RemovePermission`,
      );
      return 'the statement of the RuntimeRole was removed from an untagged function; that of another principal was denied';
    } finally {
      for (const StatementId of Object.keys(statements))
        await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId })).catch(() => {}); // removed already
    }
  },
};

export const deletedPrincipal: Check = {
  id: 23,
  claim: 'A resource policy that names a deleted role is explained',
  async afterUpdate(context) {
    const response = await register(context, 'shared', context.external.SharedArn!);
    const body = await response.text();
    if (response.status === 201) return 'AddPermission succeeds although the policy names a deleted role';
    ensure(
      response.status === 409 && body.includes('remove-permission'),
      `expected 409 with the statement to remove (or 201), got ${response.status}: ${body}`,
    );
    return `409: ${JSON.parse(body).error}`;
  },
};

export const alias: Check = {
  id: 25,
  claim: 'An alias of a tagged function can be registered',
  async run(context) {
    const response = await register(context, 'by_alias', context.external.AliasArn!);
    const body = await response.text();
    ensure(response.status === 201, `registering an alias: expected 201, got ${response.status}: ${body}`);
    await callable(context, 'by_alias');
    const removed = await context.as('Registrar')(`${context.outputs.Register}/tool-by_alias`, { method: 'DELETE' });
    ensure(removed.status === 204, `removing the registration: expected 204, got ${removed.status}`);
    return 'registered, called and removed: the tag of the function applies to its alias';
  },
};
