/**
 * The IAM actions of each role, sorted: exactly those that a server function calls. test/src/permissions.test.ts asserts them, and the
 * local runner evaluates them for every AWS call of a function.
 */

/** Write to the log group of the server. */
export const LOGS_WRITE = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/** Manage the network interfaces of a function in a VPC. These actions do not support resource-level permissions. */
export const NETWORK_INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** Read the catalog. */
export const REGISTRY_READ = ['dynamodb:GetItem', 'dynamodb:Query'];

/** Write registrations, the registry revision and the function records. */
export const REGISTRY_WRITE = [
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

/** Create and read the keys that seal request state. */
export const SESSION_KEYS = ['dynamodb:PutItem', 'dynamodb:Query'];

/** In addition: count the calls of a caller. */
export const SESSION_LIMITS = ['dynamodb:UpdateItem'];

/** In addition: keep HTTP sessions and their mailboxes. */
export const SESSION_HTTP = ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'];

/** In addition: read task records, and remove those by which tasks are counted. */
export const SESSION_TASKS = ['dynamodb:DeleteItem', 'dynamodb:GetItem'];

/** Publish a resource update. */
export const EVENT_PUBLISH = ['dynamodb:PutItem', 'dynamodb:UpdateItem'];

/** All of these, and open, renew and close SSE sessions. */
export const SESSION_OWN = [
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

/** Check that a session is open, and who owns it. */
export const SESSION_CHECK = ['dynamodb:GetItem'];

/** Delete the records of sessions that ended without cleanup. */
export const SESSION_SWEEP = ['dynamodb:DeleteItem', 'dynamodb:Query'];

/** Create, read and delete a session queue. Tagging at creation requires `sqs:TagQueue`. */
export const QUEUE_OWN = [
  'sqs:CreateQueue',
  'sqs:DeleteMessage',
  'sqs:DeleteQueue',
  'sqs:ReceiveMessage',
  'sqs:TagQueue',
];

/** Send a message to a session. */
export const QUEUE_SEND = ['sqs:SendMessage'];

/** List the queues of a server. This action does not support resource-level permissions. */
export const QUEUE_LIST = ['sqs:ListQueues'];

/** Delete the queues of sessions that ended without cleanup. */
export const QUEUE_SWEEP = ['sqs:DeleteQueue'];

/** Invoke a handler. */
export const FUNCTION_INVOKE = ['lambda:InvokeFunction'];

/** Permit the runtime role to invoke a function that is registered by API. */
export const FUNCTION_PERMIT = ['lambda:AddPermission'];

/** Find the statement that prevents it: one of a deleted principal. */
export const FUNCTION_POLICY_READ = ['lambda:GetPolicy'];

/** Revoke that permission. */
export const FUNCTION_REVOKE = ['lambda:RemovePermission'];

/** Compare the registrations with the records of functions. */
export const REGISTRY_LIST = ['dynamodb:Query'];

/** Correct the records of functions that API registrations use, and delete those of withdrawn and unused functions. */
export const FUNCTION_RECORDS = ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'];

/** Check that these functions still have the opt-in tag. */
export const FUNCTION_TAGS = ['lambda:ListTags'];

/** Store large results and sign links to them. A link has the permissions of the role that signed it. */
export const RESULT_STORE = ['s3:GetObject', 's3:PutObject'];

/** The same for an encrypted bucket. */
export const KEY_RESULTS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Read from an encrypted table. */
export const KEY_READ = ['kms:Decrypt', 'kms:DescribeKey'];

/** Read from and write to an encrypted table, and send to an encrypted queue. */
export const KEY_WRITE = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** Send to an encrypted queue. SQS decrypts its cached data key. */
export const KEY_SEND = ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'];

/** Call the API with IAM authorization. */
export const API_INVOKE = ['execute-api:Invoke'];
