import type { ReturnValues } from './resources/resource-type.js';

/** Types of the declared tools, resources and prompts, in the order in which they are listed. */
export const REGISTRATION_TYPES = {
  tool: 'Custom::McpTool',
  resource: 'Custom::McpResource',
  resourceTemplate: 'Custom::McpResourceTemplate',
  prompt: 'Custom::McpPrompt',
} as const;

export type RegistrationKind = keyof typeof REGISTRATION_TYPES;

/** A tool, resource, resource template or prompt that a template declares. */
export interface DeclaredRegistration {
  readonly kind: RegistrationKind;
  readonly name: string;
  /** URI of a resource, URI template of a resource template. */
  readonly uri?: string;
  readonly toolsets?: readonly string[];
  /** Construct path of the declaration. */
  readonly path: string;
  readonly functionArn: string;
  /** Construct path of the function, or its ARN if it is not part of the app. */
  readonly functionPath: string;
  /** Runtime identifier; absent if the function is not part of the app. */
  readonly runtime?: string;
}

/** Reads the tools, resources and prompts from the deployed resources of a kind. */
export function declaredRegistrations(
  kind: RegistrationKind,
  resources: ReadonlyArray<{
    readonly path: string;
    readonly properties: Readonly<Record<string, unknown>>;
    readonly returnValues: ReturnValues;
  }>,
): Array<Omit<DeclaredRegistration, 'functionPath' | 'runtime'>> {
  return resources.map(({ path, properties, returnValues }) => {
    const { name, uri, uriTemplate, toolsets } = parse(properties.Definition);
    const address = uri ?? uriTemplate;
    return {
      kind,
      name: String(name ?? returnValues.physicalId),
      ...(typeof address === 'string' && { uri: address }),
      ...(Array.isArray(toolsets) && { toolsets }),
      path,
      functionArn: String(properties.FunctionArn),
    };
  });
}

function parse(definition: unknown): Record<string, unknown> {
  return typeof definition === 'string' ? JSON.parse(definition) : ((definition ?? {}) as Record<string, unknown>);
}
