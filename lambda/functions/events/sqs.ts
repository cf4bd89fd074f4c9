/** A batch of one SQS message. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../src/private/registration.js';
import { callerOf } from './caller.js';
import type { EventContext } from './event-context.js';

export function sqsEvent({ args, request, invocationId, now, call }: EventContext): JsonObject {
  const body = JSON.stringify(args);
  const [, partition, , region, account] = call.functionArn.split(':');
  const time = String(now.getTime());
  return {
    Records: [
      {
        messageId: invocationId,
        receiptHandle: invocationId,
        body,
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: time,
          SenderId: callerOf(request)?.id ?? 'anonymous',
          ApproximateFirstReceiveTimestamp: time,
        },
        messageAttributes: {},
        md5OfBody: createHash('md5').update(body).digest('hex'),
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:${partition}:sqs:${region}:${account}:mcp`,
        awsRegion: region,
      },
    ],
  };
}
