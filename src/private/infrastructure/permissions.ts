/**
 * The IAM actions of each role, sorted: what a handler calls, and nothing else. test/src/permissions.test.ts freezes
 * them, and the local runner judges every call of a handler by them.
 */

/** Writing to the server's log group. */
export const LOGS_WRITE = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/** A function in a VPC makes and removes its network interfaces; none of these knows resource-level permissions. */
export const NETWORK_INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** Reading the catalog. */
export const REGISTRY_READ = ['dynamodb:GetItem', 'dynamodb:Query'];

/** Writing registrations, the catalog revision and the permission book-keeping. */
export const REGISTRY_WRITE = [
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

/** Making and reading the keys that seal what a client carries back and forth. */
export const SESSION_KEYS = ['dynamodb:PutItem', 'dynamodb:Query'];

/** Over and above: keeping the sessions of 2025 clients, and what their requests leave for each other. */
export const SESSION_HTTP = ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'];

/** Over and above: looking at tasks. */
export const SESSION_TASKS = ['dynamodb:GetItem'];

/** Publishing a resource update. */
export const EVENT_PUBLISH = ['dynamodb:PutItem', 'dynamodb:UpdateItem'];

/** All of this, and opening, renewing and ending SSE sessions. */
export const SESSION_OWN = [
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

/** Checking that a session lives, and whose it is. */
export const SESSION_CHECK = ['dynamodb:GetItem'];

/** Removing records of sessions that ended without cleaning up. */
export const SESSION_SWEEP = ['dynamodb:DeleteItem', 'dynamodb:Query'];

/** The life of a session's queue; tags are given at creation, which asks for `sqs:TagQueue`. */
export const QUEUE_OWN = [
  'sqs:CreateQueue',
  'sqs:DeleteMessage',
  'sqs:DeleteQueue',
  'sqs:ReceiveMessage',
  'sqs:TagQueue',
];

/** Handing a message to a session. */
export const QUEUE_SEND = ['sqs:SendMessage'];

/** Finding the queues of a server; knows no resource-level permissions. */
export const QUEUE_LIST = ['sqs:ListQueues'];

/** Removing left-over queues. */
export const QUEUE_SWEEP = ['sqs:DeleteQueue'];

/** Calling a registered function. */
export const FUNCTION_INVOKE = ['lambda:InvokeFunction'];

/** Letting the runtime role call a function that the Registration API registers. */
export const FUNCTION_PERMIT = ['lambda:AddPermission'];

/** Taking that permission back. */
export const FUNCTION_REVOKE = ['lambda:RemovePermission'];

/** Seeing that a function exists, and whether its owner opted in. */
export const FUNCTION_INSPECT = ['lambda:GetFunctionConfiguration', 'lambda:ListTags'];

/** Keeping results that are too large to send, and giving out links to them: a link has the rights of whoever signed it. */
export const RESULT_STORE = ['s3:GetObject', 's3:PutObject'];

/** The same in an encrypted bucket. */
export const KEY_RESULTS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Reading from an encrypted table. */
export const KEY_READ = ['kms:Decrypt', 'kms:DescribeKey'];

/** Reading from and writing to an encrypted table, and sending to an encrypted queue. */
export const KEY_WRITE = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** Sending to an encrypted queue; SQS decrypts the data key that it caches. */
export const KEY_SEND = ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'];

/** Connecting to the front door with IAM credentials. */
export const API_INVOKE = ['execute-api:Invoke'];
