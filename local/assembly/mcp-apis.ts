import type { Template } from './template.js';

/** Returns the logical ids of the REST APIs in a template that belong to MCP servers: those with the paths `/mcp` and `/register`. */
export function mcpApis({ Resources = {} }: Template): Set<string> {
  const paths = new Map<string, Set<unknown>>();
  for (const { Type, Properties = {} } of Object.values(Resources)) {
    if (Type !== 'AWS::ApiGateway::Resource') continue;
    const parent = (Properties.ParentId as { 'Fn::GetAtt'?: [string, string] } | undefined)?.['Fn::GetAtt'];
    if (parent?.[1] !== 'RootResourceId') continue;
    paths.set(parent[0], (paths.get(parent[0]) ?? new Set()).add(Properties.PathPart));
  }
  return new Set([...paths].filter(([, parts]) => parts.has('mcp') && parts.has('register')).map(([id]) => id));
}
