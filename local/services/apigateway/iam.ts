import type { Caller } from './event.js';
import { GatewayError } from './gateway-error.js';
import { type Credentials, isSigned, SignatureError, type SignedRequest, verifySignature } from './sigv4.js';

/** Whom an access key belongs to. */
export interface IamCaller {
  readonly credentials: Credentials;
  /** ARN of the user or of the role's session. */
  readonly userArn: string;
  /** Unique id, e.g. `AROA…:session`. */
  readonly userId: string;
}

export interface IamOptions {
  readonly region: string;
  readonly accountId: string;
  /** Whether an unsigned request is refused; else it is from the caller `local`, who may do everything. */
  readonly enforceAuth: boolean;
  readonly credentialsOf: (accessKeyId: string) => IamCaller | undefined;
  /** Whether the caller's policies allow `execute-api:Invoke` on the method. */
  readonly authorizeIam: (userArn: string, methodArn: string) => boolean;
}

/** Name of callers without a signature. */
export const LOCAL_PRINCIPAL = 'local';

/** The `AWS_IAM` authorization of a method. */
export async function authorizeIam(request: SignedRequest, methodArn: string, options: IamOptions): Promise<Caller> {
  const { accountId, region } = options;
  if (!options.enforceAuth && !isSigned(request.headers)) {
    return { identity: { accountId, userArn: LOCAL_PRINCIPAL, caller: LOCAL_PRINCIPAL, user: LOCAL_PRINCIPAL } };
  }
  const { accessKeyId } = await verify(request, options.credentialsOf, region);
  const { userArn, userId } = options.credentialsOf(accessKeyId)!;
  if (!options.authorizeIam(userArn, methodArn)) {
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
