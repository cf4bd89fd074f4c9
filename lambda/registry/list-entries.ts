import type { Prompt, Resource, ResourceTemplateType, Tool } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';

/** The input schema of a tool that declares none. */
const NO_ARGUMENTS = { type: 'object' };

/** Returns the entry of a tool in `tools/list`. */
export function toolEntry(registration: Registration): Tool {
  const { inputSchema: declared = NO_ARGUMENTS, outputSchema, annotations } = registration;
  // some clients reject the whole list if the schema of one tool lacks `properties`
  const inputSchema = 'properties' in declared ? declared : { ...declared, properties: {} };
  return defined({ ...common(registration), inputSchema, outputSchema, annotations }) as Tool;
}

/** Returns the entry of a resource in `resources/list`. */
export function resourceEntry(registration: Registration): Resource {
  const { uri, mimeType, size, annotations } = registration;
  return defined({ uri, ...common(registration), mimeType, size, annotations }) as Resource;
}

/** Returns the entry of a resource template in `resources/templates/list`. */
export function templateEntry(registration: Registration): ResourceTemplateType {
  const { uriTemplate, mimeType, annotations } = registration;
  return defined({ uriTemplate, ...common(registration), mimeType, annotations }) as ResourceTemplateType;
}

/** Returns the entry of a prompt in `prompts/list`. */
export function promptEntry(registration: Registration): Prompt {
  return defined({ ...common(registration), arguments: registration.arguments }) as Prompt;
}

function common({ name, title, description, icons, _meta }: Registration) {
  return { name, title, description, icons, _meta };
}

function defined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
