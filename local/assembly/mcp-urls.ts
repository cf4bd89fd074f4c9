import { ENV } from '../../src/private/contract.js';
import type { Template } from './template.js';

/** What a function URL of an MCP server is for: clients on `/mcp`, or the Registration API on `/register`. */
export type UrlRole = 'mcp' | 'register';

/** Returns what the URL of a function is for, by the environment variables of the function; undefined for a function of another kind. */
export function urlRole(environment: Readonly<Record<string, unknown>> = {}): UrlRole | undefined {
  if (!(ENV.SERVER_ID in environment)) return undefined;
  if (ENV.SESSION_TABLE in environment) return 'mcp';
  return ENV.RUNTIME_ROLE_ARN in environment ? 'register' : undefined;
}

/** Whether a template has an MCP server behind a function URL. */
export function hasMcpUrl({ Resources = {} }: Template): boolean {
  return Object.values(Resources).some(({ Type, Properties = {} }) => {
    if (Type !== 'AWS::Lambda::Url') return false;
    const target = Properties.TargetFunctionArn as { 'Fn::GetAtt'?: [string, string] } | undefined;
    const environment = Resources[target?.['Fn::GetAtt']?.[0] ?? '']?.Properties?.Environment;
    return urlRole((environment as { Variables?: Record<string, unknown> } | undefined)?.Variables) === 'mcp';
  });
}
