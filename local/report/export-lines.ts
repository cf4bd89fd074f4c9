import type { Credentials } from '../services/iam/service.js';

interface Exported {
  readonly credentials: Credentials;
  readonly region: string;
  readonly awsEndpointUrl: string;
}

/** Returns the lines of a shell script that make AWS SDKs and the AWS CLI use the runner. */
export function exportLines({ credentials, region, awsEndpointUrl }: Exported): string[] {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return [
    `export AWS_ACCESS_KEY_ID=${accessKeyId}`,
    `export AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
    sessionToken === undefined ? 'unset AWS_SESSION_TOKEN' : `export AWS_SESSION_TOKEN=${sessionToken}`,
    'unset AWS_PROFILE', // SDKs prefer a profile to the variables
    `export AWS_REGION=${region}`,
    `export AWS_DEFAULT_REGION=${region}`,
    `export AWS_ENDPOINT_URL=${awsEndpointUrl}`,
  ];
}
