import { GetPolicyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Check, type Context, ensure, until } from '../check.mjs';
import { httpClient, textOf } from '../client/mcp.mjs';
import { register } from '../client/registration.mjs';

/** Of the statements that let the server invoke a function of others. */
const STATEMENT = 'MCP-Execute-';

export const lifecycle: Check = {
  id: 1,
  claim: 'The stack deploys, updates and deletes',
  async run(context) {
    const tools = await toolNames(context);
    ensure(tools.includes('before') && !tools.includes('after'), `the tools are ${tools.join(', ')}`);
    await registered(context, 'left_behind');
    const statements = await statementsOf(context);
    ensure(
      statements.length === 1,
      `one statement ${STATEMENT}… was to be on the registered function: ${statements.length}`,
    );
    return `${tools.length} declared tools are listed`;
  },
  async afterUpdate(context) {
    const tools = await toolNames(context);
    const wrong = tools.includes('before') || !tools.includes('after') || !tools.includes('added');
    ensure(!wrong, `'before' was to become 'after', and 'added' to be new: ${tools.join(', ')}`);
    return 'a tool was renamed, one added';
  },
  async afterDelete(context) {
    const { ServerId } = context.outputs;
    const sqs = new SQSClient(context.target.client);
    // a deleted queue is listed for up to a minute
    await until(context, 'no queue of the server is left', 90, async () => {
      const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: `${ServerId}-` }));
      return QueueUrls.length === 0;
    });
    const statements = await statementsOf(context);
    ensure(statements.length === 0, `left on a function of others: ${statements.join(', ')}`);
    return 'deleted; no queue is left, and no statement on the function that was registered by API';
  },
};

export const replacedRole: Check = {
  id: 7,
  claim: 'Statements survive a replaced role',
  async run(context) {
    await registered(context, 'through_the_update');
    await callable(context, 'through_the_update');
    return 'registered by API, and called';
  },
  async afterUpdate(context) {
    await callable(context, 'through_the_update');
    return 'called again under the new role';
  },
};

/** A registration is known everywhere within seconds; a new role's permissions take longer. */
async function callable(context: Context, name: string): Promise<void> {
  let seen = 'nothing';
  const called = until(context, 'an answer', 60, async () => {
    await using client = await httpClient(context.outputs.Mcp!, context.as('Alice'));
    seen = await client.callTool({ name, arguments: {} }).then(textOf, (error: Error) => error.message);
    return seen === 'from the neighbours';
  });
  await called.catch(() => ensure(false, `${name} cannot be called: ${seen}`));
}

async function registered(context: Context, name: string): Promise<void> {
  const response = await register(context, name, context.neighbours.TaggedArn!);
  ensure(response.status === 201, `POST /register: ${response.status} ${await response.text()}`);
}

async function toolNames({ as, outputs }: Context): Promise<string[]> {
  await using client = await httpClient(outputs.Mcp!, as('Alice'));
  return (await client.listTools()).tools.map(({ name }) => name);
}

async function statementsOf({ target, neighbours }: Context): Promise<string[]> {
  try {
    const { Policy } = await new LambdaClient(target.client).send(
      new GetPolicyCommand({ FunctionName: neighbours.TaggedArn }),
    );
    const { Statement } = JSON.parse(Policy!) as { Statement: Array<{ Sid: string }> };
    return Statement.map(({ Sid }) => Sid).filter((sid) => sid.startsWith(STATEMENT));
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return []; // no policy at all
    throw error;
  }
}
