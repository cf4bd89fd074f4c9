/** The host name of a function URL, with its region. Emulators have another domain than `on.aws`. */
const HOST = /\.lambda-url\.([a-z0-9-]+)\./;

/** Returns the region of a function URL; undefined for other addresses. */
export function functionUrlRegion({ hostname }: URL): string | undefined {
  return HOST.exec(hostname)?.[1];
}

/** Whether a response of status 403 is that of a function URL that does not know the caller, or denies the request. */
export function isFunctionUrlDenial(text: string): boolean {
  return /Forbidden\. For troubleshooting Function URL authorization issues/.test(text);
}
