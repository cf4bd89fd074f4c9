import type { RegistrationItem } from '../../src/private/registration.js';

/** The `ETag` of a registration. Revisions start anew when a name is deleted and registered again, times of creation do not. */
export function entityTag({ revision, createdAt }: RegistrationItem): string {
  return `"${revision}-${Date.parse(createdAt).toString(36)}"`;
}

/** Whether an `If-Match` header admits this registration (RFC 9110 13.1.1); no header admits every one. */
export function matches(ifMatch: string | undefined, item: RegistrationItem): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true;
  return ifMatch.split(',').some((tag) => tag.trim() === entityTag(item));
}
