import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Check, type Context, ensure } from '../check.mjs';
import { register } from '../client/registration.mjs';

export const addPermission: Check = {
  id: 6,
  claim: '`AddPermission` is bounded',
  async run(context) {
    const { neighbours, outputs } = context;
    const untagged = await register(context, 'bounded', neighbours.UntaggedArn!);
    ensure(untagged.status === 400, `a function without the tag mcp-server: ${untagged.status} in place of 400`);
    const tagged = await register(context, 'bounded', neighbours.TaggedArn!);
    const body = await tagged.text();
    ensure(tagged.status === 201, `a function with the tag: ${tagged.status} in place of 201: ${body}`);
    await context.as('Registrar')(`${outputs.Register}/tool-bounded`, { method: 'DELETE' });

    // the Registration function's own role, with which a function of this stack runs
    const other = outputs.AliceArn!;
    const answers = {
      'for another principal': await asRegistration(context, neighbours.TaggedArn!, other),
      'for everybody': await asRegistration(context, neighbours.TaggedArn!, '*'),
      'on an untagged function': await asRegistration(context, neighbours.UntaggedArn!, outputs.RuntimeRoleArn!),
    };
    for (const [what, answer] of Object.entries(answers)) {
      ensure(
        answer === 'AccessDeniedException',
        `the registration role adding a permission ${what}: ${answer}, not denied`,
      );
    }
    return `untagged: 400; the role's AddPermission is denied ${Object.keys(answers).join(', ')}`;
  },
};

/** What came of an AddPermission with the Registration function's role: `added`, or the error's name. */
async function asRegistration({ target, outputs }: Context, functionName: string, principal: string): Promise<string> {
  const { Payload, FunctionError } = await new LambdaClient(target.client).send(
    new InvokeCommand({
      FunctionName: outputs.ProberName,
      Payload: JSON.stringify({ functionName, principal, statementId: 'verify-on-aws' }),
    }),
  );
  const text = Buffer.from(Payload ?? []).toString();
  ensure(!FunctionError, `the function that tries it failed: ${text}`);
  return JSON.parse(text);
}
