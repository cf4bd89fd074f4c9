/** Status codes of redirects. */
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Sends a signed request, and follows no redirect: the headers contain a session token, and the signature is valid for this address only.
 *
 * @throws if the server redirects
 */
export async function fetchDirectly(url: URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'manual' });
  if (!REDIRECTS.includes(response.status)) return response;
  await response.body?.cancel();
  const location = response.headers.get('location') ?? '';
  const target = URL.canParse(location, url.href) ? new URL(location, url).href : 'another address';
  throw new Error(
    `redirected to ${target}: a signed request is not sent there; if you trust this address, connect to it`,
  );
}
