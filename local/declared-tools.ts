import type { ReturnValues } from './resources/resource-type.js';

/** A tool that a template declares. */
export interface DeclaredTool {
  readonly name: string;
  readonly functionArn: string;
  /** Construct path of the function, or its ARN if it is not part of the app. */
  readonly functionPath: string;
  /** Runtime identifier; absent if the function is not part of the app. */
  readonly runtime?: string;
}

/** Reads the tools from deployed resources of type `Custom::McpTool`. */
export function declaredTools(
  resources: ReadonlyArray<{
    readonly properties: Readonly<Record<string, unknown>>;
    readonly returnValues: ReturnValues;
  }>,
): Array<Pick<DeclaredTool, 'name' | 'functionArn'>> {
  return resources.map(({ properties, returnValues }) => {
    const definition = parse(properties.Definition);
    return { name: String(definition.name ?? returnValues.physicalId), functionArn: String(properties.FunctionArn) };
  });
}

function parse(definition: unknown): Record<string, unknown> {
  return typeof definition === 'string' ? JSON.parse(definition) : ((definition ?? {}) as Record<string, unknown>);
}
