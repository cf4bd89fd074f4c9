import { Fn, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { McpLambdaServerAttributes } from '../../mcp-lambda-server-props';
import { PATHS } from '../contract';
import { invalid } from '../errors';
import { isLiteral } from '../validation/server-attributes';
import type { Endpoint } from './endpoint';
import { FunctionUrlReference } from './function-url-reference';
import { RestApiReference } from './rest-api-reference';

/**
 * Returns the endpoint of an imported server: a REST API, or function URLs.
 *
 * @throws if the attributes are not those of one of them
 */
export function importedEndpoint(server: Construct, attributes: McpLambdaServerAttributes, hasSse: boolean): Endpoint {
  const { serverName, restApiId, httpFunctionArn, registrationFunctionArn, mcpUrl, registrationUrl } = attributes;
  if (restApiId !== undefined) {
    const unused = httpFunctionArn
      ? 'httpFunctionArn'
      : registrationFunctionArn
        ? 'registrationFunctionArn'
        : undefined;
    if (unused) {
      throw invalid(
        server,
        `${unused} is for servers at a function URL, and restApiId for those with a REST API; remove one`,
      );
    }
    checkHosts(server, attributes, 'restApiId');
    const publicUrl = mcpUrl === undefined ? undefined : baseOf(mcpUrl);
    return new RestApiReference(server, { serverName, restApiId, hasSse, publicUrl, registrationUrl });
  }
  if (httpFunctionArn === undefined) {
    throw invalid(
      server,
      'the server has no endpoint; set restApiId, or httpFunctionArn if its endpoint is McpEndpoint.functionUrl()',
    );
  }
  if (mcpUrl === undefined || registrationUrl === undefined) {
    const missing = mcpUrl === undefined ? 'mcpUrl' : 'registrationUrl';
    throw invalid(
      server,
      `httpFunctionArn requires ${missing}: the address of a function URL does not follow from the function`,
    );
  }
  checkHosts(server, attributes, 'httpFunctionArn');
  if (hasSse) throw invalid(server, 'legacySse requires a REST API; remove legacySse, or set restApiId');
  return new FunctionUrlReference(server, {
    url: baseOf(mcpUrl),
    registrationUrl,
    httpFunction: importedFunction(server, 'HttpFunction', httpFunctionArn),
    registrationFunction:
      registrationFunctionArn === undefined
        ? undefined
        : importedFunction(server, 'RegistrationFunction', registrationFunctionArn),
  });
}

/** The attribute that decides the kind of endpoint, and how the message names that kind and the URLs of the other one. */
const KINDS = {
  restApiId: { servers: 'with a REST API', other: 'httpFunctionArn', otherUrl: 'a function URL', host: 'lambda-url' },
  httpFunctionArn: {
    servers: 'at a function URL',
    other: 'restApiId',
    otherUrl: 'the URL of a REST API',
    host: 'execute-api',
  },
} as const;

/** Rejects URLs whose host is that of the other kind of endpoint. */
function checkHosts(server: Construct, attributes: McpLambdaServerAttributes, kind: keyof typeof KINDS): void {
  const { servers, other, otherUrl, host } = KINDS[kind];
  for (const name of ['mcpUrl', 'registrationUrl'] as const) {
    const url = attributes[name];
    if (!isLiteral(url) || !url.split('/')[2]?.includes(`.${host}.`)) continue;
    throw invalid(
      server,
      `${name} '${url}' is ${otherUrl}, and ${kind} is for servers ${servers}; set ${other} instead of ${kind}`,
    );
  }
}

/** A function whose policy its own stack defines: callers of another account need a permission there. */
function importedFunction(scope: Construct, id: string, functionArn: string): lambda.IFunction {
  return lambda.Function.fromFunctionAttributes(scope, id, { functionArn, skipPermissions: true });
}

/** The base URL of a server, by its MCP URL. */
function baseOf(mcpUrl: string): string {
  if (!Token.isUnresolved(mcpUrl)) return mcpUrl.slice(0, -PATHS.MCP.length);
  // `|` marks the end: a host name or a base path can begin with `mcp` too
  return Fn.select(0, Fn.split(`${PATHS.MCP}|`, `${mcpUrl}|`));
}
