import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, type ElicitResult } from '@modelcontextprotocol/sdk/types.js';

/** Uses every feature of the example. Returns all results. */
export async function useExample(mcpUrl: string) {
  await using customer = await connected(mcpUrl, { action: 'accept', content: { slot: 'evening' } });
  await using other = await connected(mcpUrl, { action: 'decline' });
  const { client, questions } = customer;
  const call = (name: string, args: Record<string, unknown>, by = client) => by.callTool({ name, arguments: args });
  return {
    tools: (await client.listTools()).tools,
    resources: (await client.listResources()).resources,
    templates: (await client.listResourceTemplates()).resourceTemplates,
    prompts: (await client.listPrompts()).prompts,

    echo: await call('echo', { message: 'Grüße 👋' }),
    orders: [await call('lookup_order', { orderId: 'A-1001' }), await call('lookup_order', { orderId: 'A-1002' })],
    articles: [await call('findArticles', { text: 'LAMP', maxPrice: 100 }), await call('findArticles', {})],
    noArticles: await call('findArticles', { maxPrice: '100' }),
    noOrder: await call('lookup_order', { orderId: 'A-9999' }),
    noOrderId: await call('lookup_order', { orderId: 'lamp' }),
    stats: await call('text_stats', { text: ' Zwei Wörter,\tdann\u00a0👋\nund  noch\n' }),
    parcel: await call('track_parcel', { orderId: 'A-1001' }),
    noParcel: await call('track_parcel', { orderId: 'A-1002' }),

    booked: await call('book_delivery', { orderId: 'A-1001' }),
    declined: await call('book_delivery', { orderId: 'A-1002' }, other.client),
    questions: [...questions, ...other.questions],

    policy: await client.readResource({ uri: 'orders://policies/returns' }),
    invoice: await client.readResource({ uri: 'orders://A-1001/invoice' }),
    noInvoice: await client.readResource({ uri: 'orders://lamp/invoice' }).catch((error: Error) => error.message),

    reply: await client.getPrompt({ name: 'write_reply', arguments: { orderId: 'A-1002', tone: 'brief' } }),
    friendlyReply: await client.getPrompt({ name: 'write_reply', arguments: { orderId: 'A-1001' } }),
    tones: await client.complete({
      ref: { type: 'ref/prompt', name: 'write_reply' },
      argument: { name: 'tone', value: 'f' },
    }),
  };
}

/** Connects a client whose user gives the same answer to every question. */
async function connected(mcpUrl: string, answer: ElicitResult) {
  const questions: unknown[] = [];
  const client = new Client({ name: 'customer', version: '1.0.0' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, ({ params: { _meta, ...question } }) => {
    questions.push(question);
    return answer;
  });
  await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl)));
  return { client, questions, [Symbol.asyncDispose]: () => client.close() };
}
