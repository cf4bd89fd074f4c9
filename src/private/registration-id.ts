import type { RegistrationType } from './registration';

/** Registration id: `<type>-<name>`. */
export function registrationId(type: RegistrationType, name: string): string {
  return `${type}-${name}`;
}
