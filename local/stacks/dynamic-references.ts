import type { SecretsManagerService } from '../services/secretsmanager/service.js';
import { secretName } from '../services/secretsmanager/service.js';
import type { SsmService } from '../services/ssm/service.js';

/** Resolves SSM parameters and secrets in a template. */
export interface ConfigurationValues {
  readonly ssm: Pick<SsmService, 'value'>;
  readonly secretsManager: Pick<SecretsManagerService, 'text'>;
  /** Shows a warning to the developer, once for each text. */
  warn(text: string): void;
}

const REFERENCE = /\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]+)\}\}/g;

/**
 * Replaces dynamic references, such as `{{resolve:ssm:/shop/url}}`. A reference without a value stays as it is, with a warning that names the
 * option to set the value.
 */
export function resolveDynamicReferences(value: unknown, values: ConfigurationValues): unknown {
  if (typeof value === 'string') {
    return value.replace(REFERENCE, (reference, service: string, argument: string) =>
      service === 'secretsmanager'
        ? secretReference(argument, reference, values)
        : ssmReference(argument.replace(/:\d+$/, ''), values),
    );
  }
  if (Array.isArray(value)) return value.map((item) => resolveDynamicReferences(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveDynamicReferences(item, values)]));
}

/** Returns the value of an SSM parameter, or a dynamic reference to it if it has no value. */
export function ssmReference(name: string, values: ConfigurationValues): string {
  const value = values.ssm.value(name);
  if (value !== undefined) return value;
  values.warn(`the SSM parameter ${name} has no value here: pass --parameters ssm:${name}=<value>`);
  return `{{resolve:ssm:${name}}}`;
}

/** @param argument `<name or ARN>:SecretString:<JSON key>:<stage>:<version>`, where all but the first part are optional */
function secretReference(argument: string, reference: string, values: ConfigurationValues): string {
  const [, id, key] = /^(arn(?::[^:]*){6}|[^:]+)(?::SecretString)?(?::([^:]*))?/.exec(argument) ?? [];
  const text = values.secretsManager.text(id);
  const name = secretName(id);
  if (text === undefined) {
    values.warn(`the secret ${name} has no value here: pass --parameters secretsmanager:${name}=<value>`);
    return reference;
  }
  if (!key) return text;
  const member = jsonMember(text, key);
  if (member !== undefined) return member;
  values.warn(
    `the secret ${name} has no key ${key} here: pass --parameters 'secretsmanager:${name}={"${key}":"<value>"}'`,
  );
  return reference;
}

function jsonMember(text: string, key: string): string | undefined {
  try {
    const value = (JSON.parse(text) as Record<string, unknown> | null)?.[key];
    return value === undefined ? undefined : String(value);
  } catch {
    return undefined;
  }
}
