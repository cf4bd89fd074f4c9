import { type PasswordRules, randomPassword } from '../services/secretsmanager/random-password.js';
import { secretArn, secretName } from '../services/secretsmanager/service.js';
import { type ResourceContext, tagsOf, upsertType } from './resource-type.js';

const MAX_SECRET_NAME = 512;

/** `AWS::SecretsManager::Secret`. A generated value stays the same until its rules change. */
export const secret = upsertType(
  (context, previous) => {
    const { properties, services, stack } = context;
    const name: string = properties.Name ?? context.physicalName(MAX_SECRET_NAME);
    const more = { description: properties.Description, tags: tagsOf(properties.Tags) };
    const isSame =
      previous && JSON.stringify(valueRules(properties)) === JSON.stringify(valueRules(previous.properties));
    const current = isSame ? services.secretsManager.text(name) : undefined;
    services.secretsManager.putFromTemplate(name, current ?? initialValue(properties), more);
    const arn = secretArn(name, stack.environment);
    return { physicalId: arn, attributes: { Id: arn, Arn: arn } };
  },
  ({ services }, { physicalId }) => services.secretsManager.delete(secretName(physicalId)),
);

/** `AWS::SecretsManager::SecretTargetAttachment`. The properties of the database are not added to the secret. */
export const secretTargetAttachment = upsertType(({ properties }) => ({
  physicalId: properties.SecretId,
  attributes: { Id: properties.SecretId },
}));

/** `AWS::SecretsManager::ResourcePolicy`. */
export const secretPolicy = upsertType(
  ({ properties, services }) => {
    services.secretsManager.setPolicy(properties.SecretId, properties.ResourcePolicy);
    return { physicalId: properties.SecretId, attributes: { Id: properties.SecretId } };
  },
  ({ properties, services }) => services.secretsManager.setPolicy(properties.SecretId, undefined),
);

function valueRules({ SecretString, GenerateSecretString }: ResourceContext['properties']) {
  return { SecretString, GenerateSecretString };
}

function initialValue({ SecretString, GenerateSecretString }: ResourceContext['properties']): string {
  if (SecretString !== undefined) return String(SecretString);
  const { SecretStringTemplate, GenerateStringKey, ...rules } = (GenerateSecretString ?? {}) as PasswordRules & {
    SecretStringTemplate?: string;
    GenerateStringKey?: string;
  };
  const password = randomPassword(rules);
  if (GenerateStringKey === undefined) return password;
  return JSON.stringify({ ...JSON.parse(SecretStringTemplate ?? '{}'), [GenerateStringKey]: password });
}
