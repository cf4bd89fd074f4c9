import { type Context, ensure, until } from '../check.mjs';
import { httpClient, textOf } from '../client/mcp.mjs';

/** Waits until a tool can be called. Registrations propagate within seconds; the permissions of a new role take longer. */
export async function callable(
  context: Context,
  name: string,
  expected = 'from another team',
  args = {},
): Promise<void> {
  let last = 'no result';
  const called = until(context, 'a successful call', 60, async () => {
    await using client = await httpClient(context.outputs.Mcp!, context.as('Alice'));
    last = await client.callTool({ name, arguments: args }).then(textOf, (error: Error) => error.message);
    return last === expected;
  });
  await called.catch(() => ensure(false, `${name} cannot be called: ${last}`));
}
