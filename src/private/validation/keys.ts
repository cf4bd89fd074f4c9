import type { RegistrationType } from '../registration';

/** Keys that the server sets in responses of the Registration API. Request bodies must not contain them. */
export const READ_ONLY_KEYS: readonly string[] = ['id', 'owner', 'createdAt', 'updatedAt', 'revision', 'shadowedBy'];

/** Keys of every registration, in canonical order. */
const COMMON = [
  'type',
  'name',
  'title',
  'description',
  'icons',
  'lambdaArn',
  '_meta',
  'event',
  'invokeMode',
  'timeoutSeconds',
  'enabled',
  'asksClient',
  'cache',
  'access',
  'toolsets',
] as const;

/** Keys of a registration by type, in canonical order. */
export const KEYS: { readonly [type in RegistrationType]: readonly string[] } = {
  tool: [...COMMON, 'inputSchema', 'parameters', 'outputSchema', 'annotations', 'taskSupport', 'limit'],
  resource: [
    ...COMMON,
    'completions',
    'completionHandler',
    'uri',
    'uriTemplate',
    'mimeType',
    'size',
    'annotations',
    'listable',
  ],
  prompt: [...COMMON, 'completions', 'completionHandler', 'arguments', 'parameters'],
};
