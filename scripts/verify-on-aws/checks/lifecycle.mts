import { GetPolicyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Check, type Context, ensure, until } from '../check.mjs';
import { httpClient } from '../client/mcp.mjs';
import { register } from '../client/registration.mjs';
import { MANY } from '../stack.mjs';
import { callable } from './callable.mjs';

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
    const started = Date.now();
    await callable(context, 'added', 'hello', { message: 'hello' });
    return `one tool renamed, one added; the added tool can be called after ${secondsSince(started)} s`;
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

/** The names of tools that are registered before the role is replaced. */
const REGISTERED = Array.from({ length: MANY }, (_, i) => `through_the_update_${i}`);

export const replacedRole: Check = {
  id: 7,
  claim: 'Statements survive a replaced role',
  async run(context) {
    for (const [i, name] of REGISTERED.entries()) await registered(context, name, context.external[`Many${i}Arn`]);
    const started = Date.now();
    for (const name of REGISTERED) await callable(context, name);
    return `registered ${MANY} functions through the Registration API, and called them within ${secondsSince(started)} s`;
  },
  async afterUpdate(context) {
    const started = Date.now();
    for (const name of REGISTERED) await callable(context, name);
    return `called all of them with the new role within ${secondsSince(started)} s`;
  },
};

const secondsSince = (started: number) => Math.round((Date.now() - started) / 1000);

async function registered(context: Context, name: string, arn = context.external.TaggedArn): Promise<void> {
  const response = await register(context, name, arn!);
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
