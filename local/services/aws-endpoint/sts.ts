import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Caller } from '../iam/judge.js';

/** `sts:GetCallerIdentity`, which needs no permission. */
export function answerCallerIdentity(caller: Caller, accessKeyId: string, response: ServerResponse): void {
  const body = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${caller.sessionArn}</Arn><UserId>${accessKeyId}</UserId><Account>${caller.accountId}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;
  response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
}
