import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, McpRequest } from '../../calls/exchange.js';
import type { Console } from '../../console/console.js';
import { LOOPBACK } from '../../environment.js';
import { GatewayError, internalError } from '../apigateway/gateway-error.js';
import { type CallerOptions, LOCAL_PRINCIPAL, signingCaller } from '../apigateway/iam.js';
import { bufferedIntegration, streamIntegration } from '../apigateway/integration.js';
import { readRequestBody } from '../apigateway/request-body.js';
import { inTurn } from '../apigateway/stream-openings.js';
import { LoopbackServer } from '../http/loopback-server.js';
import { LambdaServiceError } from '../lambda/errors.js';
import { type Invocation, MAX_SYNCHRONOUS_EVENT } from '../lambda/invocation.js';
import { corsHeaders, isPreflight, preflightHeaders } from './cors.js';
import type { FunctionUrlDefinition } from './definition.js';
import { functionUrlEvent, type UrlCaller, type UrlRequest } from './event.js';
import { parseUrlResponse } from './response.js';

/** An invocation of a function by its URL. */
export interface UrlInvocation {
  readonly definition: FunctionUrlDefinition;
  readonly payload: Buffer;
  /** Stops waiting for the response. */
  readonly signal: AbortSignal;
  /** Value of `X-Amzn-Trace-Id`, if the request is recorded. */
  readonly trace?: string;
}

export interface FunctionUrlServerOptions extends CallerOptions {
  /** Id of the function URL. */
  readonly id: string;
  /**
   * Checks both permissions that a URL requires.
   * @param userArn ARN of the caller; undefined for a URL without authorization
   * @returns why the caller may not use the URL; undefined if it may
   */
  readonly checkAccess: (
    definition: FunctionUrlDefinition,
    userArn: string | undefined,
    trace?: string,
  ) => UrlDenial | undefined;
  readonly invoke: (request: UrlInvocation) => Promise<Invocation>;
  /** Returns the context of the local developer for a request without a token, if the function checks tokens and need not. */
  readonly developerContext?: () => Readonly<Record<string, string>> | undefined;
  /** Records the requests to an MCP server. */
  readonly record?: (request: McpRequest, res: ServerResponse) => Exchange;
  /** The console of MCP servers. */
  readonly console?: Pick<Console, 'handles' | 'handle'>;
  /** Receives details that are not sent to the client, such as the reason of a 502 response. */
  readonly onLog: (text: string) => void;
}

/** Why a caller may not use a function URL. */
export interface UrlDenial {
  /** AWS's message: who may not do what, and why. */
  readonly message: string;
  /** The grant to add to the app. */
  readonly hint: string;
}

/** Lambda's limit for the request body of a function URL, in bytes. */
const MAX_BODY = MAX_SYNCHRONOUS_EVENT;
const FORBIDDEN =
  'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html';
/** The requests to MCP servers that are recorded. */
const RECORDED_METHODS = ['POST', 'GET', 'DELETE'];
const MCP_PATH = /^\/mcp(\/[^/]+)?\/?$/;

/** An HTTP server for one function URL. */
export class FunctionUrlServer extends LoopbackServer {
  /** @param definition can be replaced; requests in progress finish with the previous one */
  constructor(
    private readonly options: FunctionUrlServerOptions,
    public definition: FunctionUrlDefinition,
  ) {
    super(options.onLog);
  }

  /** The URL, with a trailing slash, as on AWS. */
  get url(): string {
    return `${this.origin}/`;
  }

  protected async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { definition } = this;
    const { method = 'GET', url = '/', headers, rawHeaders } = req;
    if (this.options.console?.handles(req)) return this.options.console.handle(req, res);
    if (definition.cors && isPreflight(method, headers)) {
      res.writeHead(200, preflightHeaders(definition.cors, headers)).end();
      return;
    }
    const body = await readRequestBody(req, MAX_BODY, tooLarge);
    const sourceIp = req.socket.remoteAddress ?? LOOPBACK;
    const requestId = randomUUID();
    const request: UrlRequest = { method, url, rawHeaders, headers, sourceIp, body, requestId, urlId: this.options.id };
    const exchange = this.record(request, res);
    const caller = this.authorize(definition, request, exchange);
    const payload = Buffer.from(JSON.stringify(functionUrlEvent(request, caller)));
    if (payload.length > MAX_SYNCHRONOUS_EVENT) throw tooLarge(MAX_BODY);
    const call = {
      res,
      requestId,
      addedHeaders: corsHeaders(definition.cors, headers.origin),
      invoke: inTurn({ method, exchange }, (signal) =>
        this.invoke({ definition, payload, signal, trace: exchange?.span.header }),
      ),
    };
    if (definition.invokeMode === 'BUFFERED') await bufferedIntegration(call, parseUrlResponse, true);
    else await streamIntegration(call, { plain: true });
  }

  /** Every failure of the function is status 502, as on AWS. */
  protected sendError(error: unknown, { headers }: IncomingMessage, res: ServerResponse): void {
    const { statusCode, errorType, body } = error instanceof GatewayError ? error : internalError(502, '');
    const failed = statusCode >= 500;
    res.writeHead(failed ? 502 : statusCode, {
      'content-type': 'application/json',
      'x-amzn-errortype': errorType,
      'x-amzn-requestid': randomUUID(),
      ...corsHeaders(this.definition.cors, headers.origin),
    });
    res.end(failed ? 'Internal Server Error' : JSON.stringify(body));
  }

  private record({ method, url, headers, body, requestId }: UrlRequest, res: ServerResponse): Exchange | undefined {
    const match = MCP_PATH.exec(url.split('?')[0]!);
    if (!RECORDED_METHODS.includes(method) || !match) return undefined;
    const { id, record } = this.options;
    const resourcePath = match[1] ? '/mcp/{toolset}' : '/mcp';
    return record?.({ apiId: id, method, resourcePath, url, headers, body, requestId }, res);
  }

  private authorize(definition: FunctionUrlDefinition, request: UrlRequest, exchange: Exchange | undefined): UrlCaller {
    if (definition.authType === 'NONE') {
      this.check(definition, undefined, exchange?.span.header);
      const hasToken = request.headers.authorization !== undefined;
      const lambda = hasToken ? undefined : this.options.developerContext?.();
      return lambda ? { lambda } : {};
    }
    const span = exchange?.authorization('IAM authorization');
    try {
      const iam = this.signedBy(definition, request, span?.header);
      exchange?.authorized(iam.userArn);
      span?.end({ detail: iam.userArn });
      return { iam };
    } catch (error) {
      span?.end({ detail: (error as Error).message, failed: true });
      throw error;
    }
  }

  private signedBy(definition: FunctionUrlDefinition, request: UrlRequest, trace: string | undefined) {
    const { accountId } = this.options;
    const signed = { ...request, path: request.url };
    const caller = signingCaller(signed, 'lambda', this.options);
    if (!caller) {
      const local = { userArn: LOCAL_PRINCIPAL, callerId: LOCAL_PRINCIPAL, userId: LOCAL_PRINCIPAL };
      return { accessKey: null, accountId, ...local };
    }
    const { accessKeyId, userArn, userId } = caller;
    this.check(definition, userArn, trace);
    return { accessKey: accessKeyId, accountId, callerId: userId, userArn, userId };
  }

  private check(definition: FunctionUrlDefinition, userArn: string | undefined, trace: string | undefined): void {
    const denial = this.options.checkAccess(definition, userArn, trace);
    if (!denial) return;
    const { message, hint } = denial;
    throw new GatewayError(403, 'AccessDeniedException', { Message: FORBIDDEN, hint }, `${message}\n  ${hint}`);
  }

  /** Invokes the function. Throttling is the error of the client, other errors that of the function. */
  private async invoke(request: UrlInvocation): Promise<Invocation> {
    try {
      return await this.options.invoke(request);
    } catch (error) {
      if (!(error instanceof LambdaServiceError) || error.statusCode !== 429) throw error;
      throw new GatewayError(429, error.name, { ...error.details, Type: 'User', message: error.message });
    }
  }
}

function tooLarge(limit: number): GatewayError {
  const Message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
  return new GatewayError(413, 'RequestTooLargeException', { Type: 'User', Message });
}
