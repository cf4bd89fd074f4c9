import { expect, it } from 'vitest';
import { missingGrant } from '../../../local/services/iam/missing-grant.js';

it.each([
  ['dynamodb:GetItem', 'table.grantReadData(fn)'],
  ['dynamodb:UpdateItem', 'table.grantWriteData(fn)'],
  [
    'dynamodb:ListTables',
    "fn.addToRolePolicy(new iam.PolicyStatement({ actions: ['dynamodb:ListTables'], resources: ['*'] }))",
  ],
  ['s3:ListBucket', 'bucket.grantRead(fn)'],
  ['sqs:SendMessage', 'queue.grantSendMessages(fn)'],
  ['lambda:InvokeFunction', 'otherFunction.grantInvoke(fn)'],
  [
    'rekognition:DetectText',
    "fn.addToRolePolicy(new iam.PolicyStatement({ actions: ['rekognition:DetectText'], resources: ['*'] }))",
  ],
])('missingGrant returns the grant for %s', (action, grant) => {
  expect(missingGrant(action, '*')).toBe(`a grant is missing in the app: ${grant}`);
});
