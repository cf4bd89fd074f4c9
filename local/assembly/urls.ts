import { isLoopbackHost } from '../../src/private/oauth.js';

/** Whether a URL is one of this machine. */
export function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && isLoopbackHost(new URL(url));
}

/** Replaces a base URL in a text, but not where it is the beginning of another host or path segment. */
export function replaceUrl(text: string, url: string, replacement: string): string {
  if (!text.includes(url)) return text;
  const pattern = url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(url.endsWith('/') ? pattern : `${pattern}(?![\\w.-])`, 'g'), () => replacement);
}
