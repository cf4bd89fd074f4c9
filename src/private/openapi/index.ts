/** OpenAPI documents as tools, at synth. */
import type { Documents } from './documents';
import { Findings, Problem, TooLarge } from './findings';
import { checkVersion, chosen, type Operation, operationsOf } from './operations';
import { where } from './place';
import { type ConvertedTool, convertOperation, type ToolSettings } from './tool';

export { Documents } from './documents';
export type { ConvertedTool, ToolSettings } from './tool';

/** An operation that has become a tool. */
export interface OperationTool {
  /** What the app calls the operation. */
  readonly operation: string;
  readonly tool: ConvertedTool;
  /** What the tool lacks, each with its place in the document. */
  readonly warnings: readonly string[];
}

/** The tools of the chosen operations. Throws one error that names everything that cannot be carried over. */
export function toolsOf(documents: Documents, operations: readonly string[], settings: ToolSettings): OperationTool[] {
  const converted = opened(documents, operations).map((operation) => {
    const findings = new Findings();
    const tool = convert(operation, settings, documents, findings);
    return { operation: operation.key, tool, findings };
  });
  const errors = converted.flatMap(({ operation, findings }) =>
    [...findings.errors].map((each) => `  ${operation}: ${each}`),
  );
  if (errors.length > 0)
    throw new Error(
      `operations that cannot become tools; leave them out, or define their tools with addTool():\n${errors.join('\n')}`,
    );
  return converted.map(({ operation, tool, findings }) => ({
    operation,
    tool: tool!,
    warnings: [...findings.warnings],
  }));
}

function opened(documents: Documents, operations: readonly string[]): Operation[] {
  try {
    checkVersion(documents.root);
    return chosen(operationsOf(documents), operations);
  } catch (error) {
    throw error instanceof Problem ? new Error(`${where(error.place)}: ${error.message}`) : error;
  }
}

function convert(
  operation: Operation,
  settings: ToolSettings,
  documents: Documents,
  findings: Findings,
): ConvertedTool | undefined {
  try {
    return findings.attempt(undefined, () => convertOperation(operation, settings, { documents, findings }));
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    findings.error(operation.operation, `the input schema ${error.message}`);
    return undefined;
  }
}
