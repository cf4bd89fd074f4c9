import type { AccessKeyOwner } from '../iam/service.js';
import { isSigned, SignatureError, type SignedRequest, verifySignature } from '../iam/sigv4.js';
import type { AuthorizedCaller } from './event.js';
import { GatewayError } from './gateway-error.js';

/** What identifies the callers of requests with IAM authorization. */
export interface CallerOptions {
  readonly region: string;
  readonly accountId: string;
  /** Whether unsigned requests are rejected. Otherwise their caller is `local`, who has full access, or the {@link developer}. */
  readonly enforceAuth: boolean;
  /** Returns the access key of the principal that unsigned requests come from. */
  readonly developer?: () => string;
  readonly credentialsOf: (accessKeyId: string) => AccessKeyOwner | undefined;
}

export interface IamOptions extends CallerOptions {
  /** Whether the caller's policies allow `execute-api:Invoke` on the method. */
  readonly authorizeIam: (userArn: string, methodArn: string, trace?: string) => boolean;
  /** Returns the remedy for a caller who is denied. */
  readonly missingGrantOf?: (userArn: string, methodArn: string) => string;
}

/** The caller of a request: the owner of an access key. */
interface SigningCaller {
  readonly accessKeyId: string;
  readonly userArn: string;
  readonly userId: string;
}

/** Principal of unauthenticated requests. */
export const LOCAL_PRINCIPAL = 'local';

/**
 * Returns the caller of a request with IAM authorization; undefined for the caller `local`.
 * @param service SigV4 name of the service that the request must be signed for
 * @throws GatewayError if the signature is missing or invalid
 */
export function signingCaller(
  request: SignedRequest,
  service: string,
  options: CallerOptions,
): SigningCaller | undefined {
  const unsigned = !options.enforceAuth && !isSigned(request.headers);
  if (unsigned && !options.developer) return undefined;
  const accessKeyId = unsigned ? options.developer!() : verify(request, service, options);
  const { userArn, userId } = options.credentialsOf(accessKeyId)!;
  return { accessKeyId, userArn, userId };
}

/** Authorizes a request to a method with `AWS_IAM` authorization. */
export async function authorizeIam(
  request: SignedRequest & { readonly trace?: string },
  methodArn: string,
  options: IamOptions,
): Promise<AuthorizedCaller> {
  const { accountId } = options;
  const caller = signingCaller(request, 'execute-api', options);
  if (!caller) {
    return { identity: { accountId, userArn: LOCAL_PRINCIPAL, caller: LOCAL_PRINCIPAL, user: LOCAL_PRINCIPAL } };
  }
  const { accessKeyId, userArn, userId } = caller;
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
function verify(request: SignedRequest, service: string, { credentialsOf, region }: CallerOptions): string {
  try {
    const scope = { service, region };
    return verifySignature(request, (id) => credentialsOf(id)?.credentials, scope).accessKeyId;
  } catch (error) {
    if (error instanceof SignatureError) throw new GatewayError(403, error.name, { message: error.message });
    throw error;
  }
}
