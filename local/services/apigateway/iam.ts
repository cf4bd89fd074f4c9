import type { Credentials } from '../iam/service.js';
import { isSigned, SignatureError, type SignedRequest, verifySignature } from '../iam/sigv4.js';
import type { AuthorizedCaller } from './event.js';
import { GatewayError } from './gateway-error.js';

/** The owner of an access key. */
interface AccessKeyOwner {
  readonly credentials: Credentials;
  /** ARN of the user or role session. */
  readonly userArn: string;
  /** Unique id, such as `AROA…:session`. */
  readonly userId: string;
}

export interface IamOptions {
  readonly region: string;
  readonly accountId: string;
  /** Whether unsigned requests are rejected. Otherwise their caller is `local`, who has full access. */
  readonly enforceAuth: boolean;
  readonly credentialsOf: (accessKeyId: string) => AccessKeyOwner | undefined;
  /** Whether the caller's policies allow `execute-api:Invoke` on the method. */
  readonly authorizeIam: (userArn: string, methodArn: string, trace?: string) => boolean;
}

/** Principal of unauthenticated requests. */
export const LOCAL_PRINCIPAL = 'local';

/** Authorizes a request to a method with `AWS_IAM` authorization. */
export async function authorizeIam(
  request: SignedRequest & { readonly trace?: string },
  methodArn: string,
  options: IamOptions,
): Promise<AuthorizedCaller> {
  const { accountId, region } = options;
  if (!options.enforceAuth && !isSigned(request.headers)) {
    return { identity: { accountId, userArn: LOCAL_PRINCIPAL, caller: LOCAL_PRINCIPAL, user: LOCAL_PRINCIPAL } };
  }
  const { accessKeyId } = await verify(request, options.credentialsOf, region);
  const { userArn, userId } = options.credentialsOf(accessKeyId)!;
  if (!options.authorizeIam(userArn, methodArn, request.trace)) {
    throw new GatewayError(403, 'AccessDeniedException', {
      Message: `User: ${userArn} is not authorized to perform: execute-api:Invoke on resource: ${methodArn}`,
    });
  }
  return { identity: { accountId, accessKey: accessKeyId, userArn, caller: userId, user: userId } };
}

async function verify(request: SignedRequest, credentialsOf: IamOptions['credentialsOf'], region: string) {
  try {
    return await verifySignature(request, (id) => credentialsOf(id)?.credentials, { service: 'execute-api', region });
  } catch (error) {
    if (error instanceof SignatureError) throw new GatewayError(403, error.name, { message: error.message });
    throw error;
  }
}
