import { GetPolicyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Check, type Context, ensure, until } from '../check.mjs';
import { httpClient, textOf } from '../client/mcp.mjs';
import { register } from '../client/registration.mjs';

/** Prefix of the policy statements that let the server invoke a registered function. */
const STATEMENT = 'MCP-Execute-';

export const lifecycle: Check = {
  id: 1,
  claim: 'The stack deploys, updates and deletes',
  async run(context) {
    const tools = await toolNames(context);
    ensure(
      tools.includes('before') && !tools.includes('after'),
      `expected the tool "before" and not "after", got: ${tools.join(', ')}`,
    );
    await registered(context, 'left_behind');
    const statements = await statementsOf(context);
    ensure(
      statements.length === 1,
      `expected one ${STATEMENT}… statement on the registered function, found ${statements.length}`,
    );
    return `${tools.length} declared tools are listed`;
  },
  async afterUpdate(context) {
    const tools = await toolNames(context);
    const wrong = tools.includes('before') || !tools.includes('after') || !tools.includes('added');
    ensure(!wrong, `expected "before" to be renamed "after" and "added" to be new, got: ${tools.join(', ')}`);
    return 'one tool renamed, one added';
  },
  async afterDelete(context) {
    const { ServerId } = context.outputs;
    const sqs = new SQSClient(context.target.client);
    // a deleted queue is listed for up to a minute
    await until(context, 'deletion of all queues of the server', 90, async () => {
      const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: `${ServerId}-` }));
      return QueueUrls.length === 0;
    });
    const statements = await statementsOf(context);
    ensure(statements.length === 0, `statements left on the registered function: ${statements.join(', ')}`);
    return 'deleted; no queues and no policy statements left behind';
  },
};

export const replacedRole: Check = {
  id: 7,
  claim: 'Statements survive a replaced role',
  async run(context) {
    await registered(context, 'through_the_update');
    await callable(context, 'through_the_update');
    return 'registered through the Registration API and called';
  },
  async afterUpdate(context) {
    await callable(context, 'through_the_update');
    return 'called again with the new role';
  },
};

/** Waits until a tool can be called. Registrations propagate within seconds; the permissions of a new role take longer. */
async function callable(context: Context, name: string): Promise<void> {
  let last = 'no result';
  const called = until(context, 'a successful call', 60, async () => {
    await using client = await httpClient(context.outputs.Mcp!, context.as('Alice'));
    last = await client.callTool({ name, arguments: {} }).then(textOf, (error: Error) => error.message);
    return last === 'from another team';
  });
  await called.catch(() => ensure(false, `${name} cannot be called: ${last}`));
}

async function registered(context: Context, name: string): Promise<void> {
  const response = await register(context, name, context.external.TaggedArn!);
  ensure(response.status === 201, `POST /register: ${response.status} ${await response.text()}`);
}

async function toolNames({ as, outputs }: Context): Promise<string[]> {
  await using client = await httpClient(outputs.Mcp!, as('Alice'));
  return (await client.listTools()).tools.map(({ name }) => name);
}

async function statementsOf({ target, external }: Context): Promise<string[]> {
  try {
    const { Policy } = await new LambdaClient(target.client).send(
      new GetPolicyCommand({ FunctionName: external.TaggedArn }),
    );
    const { Statement } = JSON.parse(Policy!) as { Statement: Array<{ Sid: string }> };
    return Statement.map(({ Sid }) => Sid).filter((sid) => sid.startsWith(STATEMENT));
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return []; // the function has no resource policy
    throw error;
  }
}
