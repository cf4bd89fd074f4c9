import type { Environment } from '../../environment.js';
import { AwsError } from '../aws-endpoint/errors.js';
import { jsonOperation, parseJson, type ServiceCall, sendJson } from '../aws-endpoint/service-call.js';
import type { BufferedRequest } from '../forward.js';
import { parseFilterPattern } from './filter-pattern.js';
import type { LogStore, StoredLine } from './log-store.js';

/** CloudWatch's limit of events in a response. */
const MAX_EVENTS = 10_000;

/** CloudWatch Logs: `FilterLogEvents` of the log groups of functions. */
export class LogsService {
  /** @param logGroupOf returns the log group of a function */
  constructor(
    private readonly lines: LogStore,
    private readonly logGroupOf: (functionName: string) => string | undefined,
  ) {}

  parseCall(request: BufferedRequest, { accountId, region }: Environment): ServiceCall | undefined {
    if (jsonOperation(request, 'Logs_20140328') !== 'FilterLogEvents') return undefined;
    const body = parseJson(request.body);
    const name = logGroupName(body);
    const resource = `arn:aws:logs:${region}:${accountId}:log-group:${name}:*`;
    return {
      permissions: [{ action: 'logs:FilterLogEvents', resource, context: {} }],
      handle: async (response) => sendJson(response, this.filter(name, body)),
    };
  }

  private filter(name: string, body: Record<string, any>): object {
    const { startTime = 0, endTime = Number.POSITIVE_INFINITY, limit = MAX_EVENTS, filterPattern = '' } = body;
    const matches = parseFilterPattern(filterPattern);
    const from = Number(body.nextToken ?? 0);
    const found: StoredLine[] = [];
    let next: number | undefined;
    for (const line of this.lines.all) {
      if (line.index < from || line.timestamp < startTime || line.timestamp > endTime) continue;
      if (this.logGroupOf(line.functionName) !== name || !matches(line.text)) continue;
      if (found.length === limit) {
        next = line.index;
        break;
      }
      found.push(line);
    }
    const events = found.map(({ functionName, timestamp, text, index }) => ({
      logStreamName: functionName,
      timestamp,
      ingestionTime: timestamp,
      message: text,
      eventId: `${timestamp}-${index}`,
    }));
    return { events, searchedLogStreams: [], ...(next !== undefined && { nextToken: String(next) }) };
  }
}

function logGroupName({ logGroupName: name, logGroupIdentifier }: Record<string, any>): string {
  const given: unknown = name ?? logGroupIdentifier;
  if (typeof given !== 'string') throw new AwsError('InvalidParameterException', 400, 'logGroupName is required');
  return /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)/.exec(given)?.[1] ?? given;
}
