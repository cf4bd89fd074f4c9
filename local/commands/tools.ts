import { toolsetIn } from '../connect/mcp-url.js';
import type { DeployedServer } from '../deployed/deployed-server.js';
import { McpClient } from '../deployed/mcp-client.js';
import { RegistrationApi } from '../deployed/registration-api.js';
import type { ServerOptions } from '../deployed/server-options.js';
import { promptArguments, summaryOf, toolArguments } from '../deployed/signatures.js';
import type { Terminal } from '../deployed/terminal.js';
import { withServer } from './with-server.js';

type Json = Record<string, any>;

/** `mcp-lambda tools`: lists the tools with their arguments. */
export async function tools(options: ServerOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    terminal.progress('listing tools');
    const items = await new McpClient(server).list('tools');
    if (terminal.json) return terminal.value(items);
    if (items.length === 0) terminal.note(`${place(server)} has no tools that this caller may use`);
    const toolsets = await toolsetsOf(server);
    for (const tool of items) {
      const badge = badges(tool, toolsets.get(tool.name));
      terminal.line({ text: tool.name, style: 'bold' }, toolArguments(tool.inputSchema), badge);
      summary(terminal, tool);
    }
  });
}

/** `mcp-lambda prompts`: lists the prompts with their arguments. */
export async function prompts(options: ServerOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    terminal.progress('listing prompts');
    const items = await new McpClient(server).list('prompts');
    if (terminal.json) return terminal.value(items);
    if (items.length === 0) terminal.note(`${place(server)} has no prompts that this caller may use`);
    for (const prompt of items) {
      terminal.line({ text: prompt.name, style: 'bold' }, promptArguments(prompt.arguments));
      summary(terminal, prompt);
    }
  });
}

/** `mcp-lambda resources`: lists the resources and resource templates. */
export async function resources(options: ServerOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    terminal.progress('listing resources');
    const client = new McpClient(server);
    const [items, templates] = [await client.list('resources'), await client.list('resources/templates')];
    if (terminal.json) return terminal.value({ resources: items, resourceTemplates: templates });
    if (items.length + templates.length === 0) {
      terminal.note(`${place(server)} has no resources that this caller may use`);
      return;
    }
    const row = ({ uri, uriTemplate, name, mimeType = '', title, description }: Json) => [
      { text: uri ?? uriTemplate, style: 'bold' as const },
      name,
      mimeType,
      summaryOf(description) || (title ?? ''),
    ];
    terminal.table(['URI', 'NAME', 'TYPE', 'DESCRIPTION'], [...items, ...templates].map(row));
  });
}

function summary(terminal: Terminal, { description, title }: Json): void {
  const text = summaryOf(description) || title;
  if (text) terminal.line(`  ${text}`);
}

function place({ mcpUrl }: DeployedServer): string {
  const toolset = toolsetIn(mcpUrl);
  return toolset === undefined ? 'the server' : `the toolset ${toolset}`;
}

/**
 * Returns the toolsets of the tools, by name, for operators: `tools/list` does not have them. Nothing if the caller may not read the
 * registrations.
 */
async function toolsetsOf(server: DeployedServer): Promise<ReadonlyMap<string, readonly string[]>> {
  const registrations = server.hasStack ? await new RegistrationApi(server).list().catch(() => []) : [];
  const tools = registrations.filter(({ type }) => type === 'tool');
  return new Map(tools.map(({ name, toolsets = [] }) => [name, toolsets]));
}

/** Returns the hints of a tool, such as `read-only`, and its toolsets. */
function badges({ annotations = {} }: Json, toolsets: readonly string[] = []) {
  const hints = [
    annotations.readOnlyHint ? 'read-only' : '',
    annotations.destructiveHint === true && !annotations.readOnlyHint ? 'destructive' : '',
    annotations.idempotentHint && !annotations.readOnlyHint ? 'idempotent' : '',
    toolsets.length > 0 ? `toolsets: ${toolsets.join(' ')}` : '',
  ].filter(Boolean);
  return { text: hints.length > 0 ? `  ${hints.join(', ')}` : '', style: 'dim' as const };
}
