/** The first ten minutes of a user in each language: from an empty folder to the first call, and one mistake of each kind. */
import { describe, expect, test } from 'vitest';
import {
  change,
  connect,
  javaNewcomer,
  type Newcomer,
  pythonNewcomer,
  runTests,
  start,
  typescriptNewcomer,
} from './support/newcomers';

interface Language {
  readonly install: () => Newcomer;
  /** File of the app, and the mistakes in it. */
  readonly app: string;
  readonly grant: string;
  readonly handler: readonly [right: string, wrong: string];
  /** Name of the tool in the app. */
  readonly name: string;
  /** What a call of the function with the wrong handler answers. */
  readonly wrongHandler: RegExp;
}

const languages: Record<string, Language> = {
  TypeScript: {
    install: typescriptNewcomer,
    app: 'app.ts',
    name: "'lookup_order'",
    grant: 'server.grantConnect(agent);',
    handler: ["'index.handler'", "'indx.handler'"],
    wrongHandler: /indx/,
  },
  Python: {
    install: pythonNewcomer,
    app: 'app.py',
    name: '"lookup_order"',
    grant: 'server.grant_connect(agent)',
    handler: ['"orders.handler"', '"order.handler"'],
    wrongHandler: /No module named 'order'/,
  },
  Java: {
    install: javaNewcomer,
    app: 'src/main/java/com/example/OrdersApp.java',
    name: '"lookup_order"',
    grant: 'server.grantConnect(agent);',
    handler: ['com.example.LookupOrder::handle', 'com.example.LookupOrders::handle'],
    wrongHandler: /Class not found: com\.example\.LookupOrders/,
  },
};

describe.each(Object.entries(languages))(
  'a newcomer with %s',
  (_name, { install, app, name, grant, handler, wrongHandler }) => {
    test('calls a tool from a test, and sees what each mistake was', async () => {
      const newcomer = install();
      // the tests of the app call the tool: with an order, with arguments that are not valid, and with an exception
      await runTests(newcomer);

      // a grant that is missing, and a handler that does not exist
      change(newcomer, app, grant, '');
      change(newcomer, app, ...handler);
      const runner = await start(newcomer);
      try {
        const denied = await connect(newcomer, runner.mcp!, 'Orders/Agent');
        expect(denied.error.message).toContain(
          'a grant is missing in the app for Orders/Agent: server.grantConnect(role)',
        );
        expect(await call(runner.mcp!)).toMatch(wrongHandler);
      } finally {
        await runner.stop();
      }

      // a definition that is not valid
      change(newcomer, app, name, name.replace('lookup_', 'look up '));
      const failed = await start(newcomer);
      expect(failed.mcp).toBeUndefined();
      expect(failed.log()).toMatch(/cannot be registered:\s.*\/name/s);
      await failed.stop();
    });
  },
);

/** Calls the tool without a client. Returns the text of the response. */
async function call(url: string): Promise<string> {
  const params = { name: 'lookup_order', arguments: { orderId: 'A-1001' } };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  return response.text();
}
