import type { RegistrationItem } from '../../src/private/registration.js';

/** The `ETag` of a registration. It includes the creation time: a name that is registered again starts at revision 1 again. */
export function entityTag({ revision, createdAt }: RegistrationItem): string {
  return `"${revision}-${Date.parse(createdAt).toString(36)}"`;
}

/** Whether an `If-Match` header matches a registration (RFC 9110, section 13.1.1). An absent header matches any. */
export function matches(ifMatch: string | undefined, item: RegistrationItem): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true;
  return ifMatch.split(',').some((tag) => tag.trim() === entityTag(item));
}
