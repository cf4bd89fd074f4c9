import type { RegistrationType } from './registration';

/** Id of a registration: `<type>-<name>`. */
export function registrationId(type: RegistrationType, name: string): string {
  return `${type}-${name}`;
}
