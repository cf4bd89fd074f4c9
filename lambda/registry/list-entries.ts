import type { Prompt, Resource, ResourceTemplateType, Tool } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';

/** The input schema of a tool without arguments. */
const NO_ARGUMENTS = { type: 'object' };

/** How a tool stands in `tools/list`. */
export function listedTool(registration: Registration): Tool {
  const { inputSchema: declared = NO_ARGUMENTS, outputSchema, annotations } = registration;
  // some clients reject the whole list if the schema of one tool lacks `properties`
  const inputSchema = 'properties' in declared ? declared : { ...declared, properties: {} };
  return defined({ ...common(registration), inputSchema, outputSchema, annotations }) as Tool;
}

/** How a resource stands in `resources/list`. */
export function listedResource(registration: Registration): Resource {
  const { uri, mimeType, size, annotations } = registration;
  return defined({ uri, ...common(registration), mimeType, size, annotations }) as Resource;
}

/** How a resource template stands in `resources/templates/list`. */
export function listedTemplate(registration: Registration): ResourceTemplateType {
  const { uriTemplate, mimeType, annotations } = registration;
  return defined({ uriTemplate, ...common(registration), mimeType, annotations }) as ResourceTemplateType;
}

/** How a prompt stands in `prompts/list`. */
export function listedPrompt(registration: Registration): Prompt {
  return defined({ ...common(registration), arguments: registration.arguments }) as Prompt;
}

function common({ name, title, description, icons, _meta }: Registration) {
  return { name, title, description, icons, _meta };
}

function defined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
