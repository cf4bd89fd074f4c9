import { JwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache, SimplePenaltyBox } from 'aws-jwt-verify/jwk';
import type { JwtPayload } from 'aws-jwt-verify/jwt-model';
import { log } from '../shared/log.js';
import { fetchDocument, IssuerUnavailable } from './fetch-document.js';
import { discoverJwksUri } from './issuer-metadata.js';

/** How long a key set is used before it is read again, milliseconds: a key that an issuer revokes is refused after this time. */
const KEYS_MS = 3_600_000;
/** How long the known keys remain in use when they cannot be read again, milliseconds. */
const STALE_MS = 60_000;
/**
 * Time after a token with an unknown key id in which the keys are not read again, seconds: such tokens must not load the issuer. A token
 * with a new key is refused for as long.
 */
const UNKNOWN_KEY_SECONDS = 2;
/** Difference of clocks that is accepted, seconds. */
const GRACE_SECONDS = 5;

interface Verifier {
  verify(token: string): Promise<JwtPayload>;
}

/** The keys of one issuer: verifies its tokens. Keys are read at first use, when a token has an unknown key id, and once an hour. */
export class IssuerKeys {
  private current?: Promise<Verifier>;
  private prefetched?: Promise<Verifier>;
  private prefetchedAt = 0;
  private expiresAt = 0;

  constructor(
    private readonly issuer: string,
    private readonly jwksUri?: string,
  ) {}

  /** Begins to read the keys before the first token. If that fails, the first token reads them again. */
  prefetch(now = Date.now()): void {
    this.prefetched = this.load();
    this.prefetchedAt = now;
    this.prefetched.catch(() => undefined); // for the process, which an unhandled rejection would end
  }

  /**
   * Verifies signature, issuer, expiry and start of a token.
   *
   * @throws {@link IssuerUnavailable} if the keys cannot be read; any other error is about the token
   */
  async verify(token: string, now = Date.now()): Promise<JwtPayload> {
    if (now >= this.expiresAt) await this.renew(now);
    return (await this.current!).verify(token);
  }

  private async renew(now: number): Promise<void> {
    const previous = this.current;
    // Lambda may stop the process for minutes between its start and the first request, which breaks connections
    const prefetched = now < this.prefetchedAt + KEYS_MS ? this.prefetched : undefined;
    const next = prefetched?.catch(() => this.load()) ?? this.load();
    this.prefetched = undefined;
    this.current = next;
    this.expiresAt = (prefetched ? this.prefetchedAt : now) + KEYS_MS;
    try {
      await next;
    } catch (error) {
      this.current = previous;
      this.expiresAt = previous ? now + STALE_MS : 0;
      if (!previous) throw error;
      log.warn('cannot read the keys of an issuer again: using the known ones', error as Error);
    }
  }

  private async load(): Promise<Verifier> {
    const jwksUri = this.jwksUri ?? (await discoverJwksUri(this.issuer));
    const jwksCache = new SimpleJwksCache({
      fetcher: { fetch: fetchKeys },
      penaltyBox: new SimplePenaltyBox({ waitSeconds: UNKNOWN_KEY_SECONDS }),
    });
    try {
      await jwksCache.getJwks(jwksUri);
    } catch (error) {
      throw error instanceof IssuerUnavailable ? error : new IssuerUnavailable((error as Error).message);
    }
    const { issuer } = this;
    return JwtVerifier.create({ issuer, jwksUri, audience: null, graceSeconds: GRACE_SECONDS }, { jwksCache });
  }
}

async function fetchKeys(uri: string): Promise<ArrayBuffer> {
  const document = await fetchDocument(uri);
  if (!document) throw new IssuerUnavailable(`no key set at ${uri}`);
  return document.buffer;
}
