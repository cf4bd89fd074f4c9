/** A consumer of a queue with the batch utility of Powertools for AWS Lambda (TypeScript). */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';

const processor = new BatchProcessor(EventType.SQS, { throwOnFullBatchFailure: false });
const process = async ({ body }) => {
  const { orderId } = JSON.parse(body);
  if (orderId === 'none') throw new Error('no order none');
};

export const handler = async (event, context) => processPartialResponse(event, process, processor, { context });
