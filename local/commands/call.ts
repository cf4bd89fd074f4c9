import { EXIT, Failure } from '../deployed/failure.js';
import { McpClient } from '../deployed/mcp-client.js';
import type { ServerOptions } from '../deployed/server-options.js';
import type { Terminal } from '../deployed/terminal.js';
import { parseArguments, parseJsonArguments, parseTexts } from '../deployed/tool-arguments.js';
import { withServer } from './with-server.js';

type Json = Record<string, any>;

interface CallOptions extends ServerOptions {
  /** Arguments as a JSON object, `-` or `@file`. */
  readonly argsJson?: string;
}

/** `mcp-lambda call <tool> key=value…`: calls a tool and prints its result. */
export async function call(name: string, pairs: readonly string[], options: CallOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    if (options.argsJson !== undefined && pairs.length > 0) {
      throw new Failure('pass the arguments either as key=value or with --args-json');
    }
    const client = new McpClient(server);
    terminal.progress(`reading the arguments of ${name}`);
    const args =
      options.argsJson === undefined
        ? parseArguments(await findTool(client, name), pairs)
        : parseJsonArguments(options.argsJson);
    terminal.progress(`calling ${name}`);
    const result = await client.callTool(name, args, {
      onProgress: (text) => terminal.progress(`${name}: ${text}`),
    });
    if (terminal.json) terminal.value(result);
    else if (result.isError) printError(terminal, result);
    else printContent(terminal, result);
    return result.isError ? EXIT.NEGATIVE : EXIT.SUCCESS;
  });
}

/** `mcp-lambda read <uri>`: prints a resource. */
export async function read(uri: string, options: ServerOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    terminal.progress(`reading ${uri}`);
    const result = await new McpClient(server).readResource(uri);
    if (terminal.json) return terminal.value(result);
    for (const resource of result.contents ?? []) terminal.text(textOf({ type: 'resource', resource }));
  });
}

/** `mcp-lambda prompt <name> key=value…`: prints the messages of a prompt. */
export async function prompt(name: string, pairs: readonly string[], options: ServerOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    const args = parseTexts(pairs);
    terminal.progress(`getting ${name}`);
    const result = await new McpClient(server).getPrompt(name, args);
    if (terminal.json) return terminal.value(result);
    for (const { role, content } of result.messages ?? []) {
      terminal.line({ text: `${role}:`, style: 'bold' });
      for (const each of [content].flat()) terminal.text(textOf(each));
    }
  });
}

/** Finds the tool, whose input schema says how its arguments are read. */
async function findTool(client: McpClient, name: string): Promise<{ name: string; inputSchema?: Json }> {
  const tools = await client.list('tools');
  const found = tools.find((tool) => tool.name === name);
  if (found) return found as { name: string };
  const names = tools.map((tool) => tool.name as string);
  const near = names.filter((each) => each.toLowerCase().includes(name.toLowerCase()));
  const shown = (near.length > 0 ? near : names).slice(0, 10);
  throw new Failure(
    `the server does not have a tool "${name}" that this caller may use`,
    shown.length > 0 ? [`its tools include ${shown.join(', ')}`] : [],
  );
}

function printContent(terminal: Terminal, { content = [], structuredContent }: Json): void {
  if (content.length === 0 && structuredContent !== undefined) terminal.value(structuredContent);
  for (const each of content) terminal.text(textOf(each));
}

function printError(terminal: Terminal, { content = [] }: Json): void {
  const text = content.map(textOf).join('\n').trim();
  terminal.note({ text: 'the tool returned an error: ', style: 'red' }, text);
}

/** Returns a content block as text. Binary content is described, not printed. */
function textOf(block: Json): string {
  const { type, text, data = '', mimeType, uri, resource } = block;
  if (type === 'text') return text;
  if (type === 'resource_link') return uri;
  if (type === 'resource') return resource.text ?? described('resource', resource.mimeType, resource.blob ?? '');
  return described(type, mimeType, data);
}

function described(type: string, mimeType: string | undefined, base64: string): string {
  const bytes = Buffer.byteLength(base64, 'base64');
  return `[${[type, mimeType, `${bytes} bytes`].filter(Boolean).join(', ')}: use --json to get it]`;
}
