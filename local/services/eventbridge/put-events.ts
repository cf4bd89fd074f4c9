import { randomUUID } from 'node:crypto';
import type { Environment } from '../../environment.js';
import type { RequiredPermission } from '../aws-endpoint/access.js';
import { jsonOperation, parseJson, type ServiceCall, sendJson } from '../aws-endpoint/service-call.js';
import type { BufferedRequest } from '../forward.js';

type Entry = Record<string, any>;

/** EventBridge: accepts and logs the events of `PutEvents`. Rules with event patterns do not run. */
export class EventBusService {
  /** @param onEvent receives a line for each event */
  constructor(private readonly onEvent: (line: string) => void) {}

  parseCall(request: BufferedRequest, environment: Environment): ServiceCall | undefined {
    if (jsonOperation(request, 'AWSEvents') !== 'PutEvents') return undefined;
    const entries: Entry[] = parseJson(request.body).Entries ?? [];
    return {
      permissions: entries.map((entry) => permission(entry, environment)),
      handle: async (response) => {
        const results = entries.map((entry) => this.accept(entry));
        const FailedEntryCount = results.filter((result) => 'ErrorCode' in result).length;
        sendJson(response, { FailedEntryCount, Entries: results });
      },
    };
  }

  private accept(entry: Entry): object {
    const problem = problemOf(entry);
    if (problem) return { ErrorCode: problem[0], ErrorMessage: problem[1] };
    const bus = busName(entry);
    this.onEvent(`event on ${bus}: ${entry.Source} "${entry.DetailType}" ${entry.Detail}`);
    return { EventId: randomUUID() };
  }
}

/** Returns error code and message for an entry that EventBridge rejects. */
function problemOf({ Source, DetailType, Detail }: Entry): [string, string] | undefined {
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (!value) return ['InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`];
  }
  try {
    if (typeof JSON.parse(Detail) === 'object') return undefined;
  } catch {
    // reported below
  }
  return ['MalformedDetail', 'Detail is malformed.'];
}

function permission(entry: Entry, { accountId, region }: Environment): RequiredPermission {
  return {
    action: 'events:PutEvents',
    resource: `arn:aws:events:${region}:${accountId}:event-bus/${busName(entry)}`,
    context: {
      'events:source': entry.Source,
      'events:detail-type': entry.DetailType,
      'events:eventBusInvocation': 'false',
    },
  };
}

/** Returns the name from a name or ARN. */
function busName({ EventBusName = 'default' }: Entry): string {
  return String(EventBusName).split('event-bus/').at(-1)!;
}
