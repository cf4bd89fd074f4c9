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
  /** Whether unsigned requests are rejected. Otherwise their caller is `local`, who has full access, or the {@link developer}. */
  readonly enforceAuth: boolean;
  /** Returns the access key of the principal that unsigned requests come from. */
  readonly developer?: () => string;
  readonly credentialsOf: (accessKeyId: string) => AccessKeyOwner | undefined;
  /** Whether the caller's policies allow `execute-api:Invoke` on the method. */
  readonly authorizeIam: (userArn: string, methodArn: string, trace?: string) => boolean;
  /** Returns the remedy for a caller who is denied. */
  readonly missingGrantOf?: (userArn: string, methodArn: string) => string;
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
  const unsigned = !options.enforceAuth && !isSigned(request.headers);
  if (unsigned && !options.developer) {
    return { identity: { accountId, userArn: LOCAL_PRINCIPAL, caller: LOCAL_PRINCIPAL, user: LOCAL_PRINCIPAL } };
  }
  const accessKeyId = unsigned ? options.developer!() : verify(request, options.credentialsOf, region);
  const { userArn, userId } = options.credentialsOf(accessKeyId)!;
  if (!options.authorizeIam(userArn, methodArn, request.trace)) {
    const Message = `User: ${userArn} is not authorized to perform: execute-api:Invoke on resource: ${methodArn}`;
    const hint = options.missingGrantOf?.(userArn, methodArn);
    throw new GatewayError(
      403,
      'AccessDeniedException',
      { Message, ...(hint && { hint }) },
      hint && `${Message}\n  ${hint}`,
    );
  }
  return { identity: { accountId, accessKey: accessKeyId, userArn, caller: userId, user: userId } };
}

/** Returns the access key of a signed request. */
function verify(request: SignedRequest, credentialsOf: IamOptions['credentialsOf'], region: string): string {
  const scope = { service: 'execute-api', region };
  try {
    return verifySignature(request, (id) => credentialsOf(id)?.credentials, scope).accessKeyId;
  } catch (error) {
    if (error instanceof SignatureError) throw new GatewayError(403, error.name, { message: error.message });
    throw error;
  }
}
