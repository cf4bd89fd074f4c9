import type { Registration, RegistrationDefinition } from '../../../src/private/registration.js';

/** Returns a stored registration with the given definition. */
export function registration(
  definition: Partial<RegistrationDefinition> & Pick<RegistrationDefinition, 'type' | 'name'>,
): Registration {
  return {
    lambdaArn: `arn:aws:lambda:us-east-1:123456789012:function:${definition.name}`,
    id: `${definition.type}-${definition.name}`,
    owner: 'api',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    revision: 1,
    ...definition,
  };
}

export const tool = (name: string, more: Partial<RegistrationDefinition> = {}) =>
  registration({ type: 'tool', name, ...more });
export const resource = (name: string, more: Partial<RegistrationDefinition> = {}) =>
  registration({ type: 'resource', name, ...more });
export const prompt = (name: string, more: Partial<RegistrationDefinition> = {}) =>
  registration({ type: 'prompt', name, ...more });
