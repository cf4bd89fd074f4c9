/** One operation as a tool. */
import type { HttpEvent } from '../event';
import type { JsonObject } from '../registration';
import { validateDefinition } from '../validation';
import { eventMapping } from '../validation/event';
import { convertBody } from './body';
import type { ConversionContext } from './context';
import { Findings, TooLarge } from './findings';
import { ArgumentNames, toolName } from './names';
import type { Operation } from './operations';
import { convertParameters } from './parameters';
import { at, type Place } from './place';
import { convertResponses } from './responses';
import { type Schema, SchemaConverter } from './schema';

/** What the app says about all operations. */
export interface ToolSettings {
  readonly eventType: HttpEvent['type'];
  readonly basePath: string;
  readonly outputSchemas: boolean;
}

/** A tool as a registration has it. */
export interface ConvertedTool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema: Schema;
  readonly outputSchema?: Schema;
  readonly annotations: { readonly [hint: string]: boolean };
  readonly event: HttpEvent;
}

/** MCP's hints, as HTTP defines the methods. */
const ANNOTATIONS: { readonly [method: string]: ConvertedTool['annotations'] } = {
  GET: { readOnlyHint: true },
  HEAD: { readOnlyHint: true },
  OPTIONS: { readOnlyHint: true },
  TRACE: { readOnlyHint: true },
  PUT: { readOnlyHint: false, idempotentHint: true },
  DELETE: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
  POST: { readOnlyHint: false },
  PATCH: { readOnlyHint: false },
};
/** Limits of a registration. */
const MAX_TITLE = 256;
const MAX_DESCRIPTION = 16_384;

export function convertOperation(
  operation: Operation,
  settings: ToolSettings,
  context: ConversionContext,
): ConvertedTool {
  const { key, method } = operation;
  const { inputSchema, event, places } = convertRequest(operation, settings, context);
  const tool = {
    name: toolName(key),
    ...texts(operation, context),
    inputSchema,
    annotations: ANNOTATIONS[method],
  };
  for (const { path, message } of problemsOf(tool))
    context.findings.error(operation.operation, `${path} ${message}`.trim());
  eventMapping(event, '', (path, message) => {
    const isQuery = path === '/path' && operation.path.includes('?');
    const problem = isQuery ? 'the path has a query: write it as parameters' : message;
    context.findings.error(placeOf(path, operation, places), problem);
  });
  const outputSchema = settings.outputSchemas ? outputOf(operation, tool, context) : undefined;
  return { ...tool, ...(outputSchema && { outputSchema }), event };
}

function convertRequest(operation: Operation, settings: ToolSettings, context: ConversionContext) {
  const { method, path, operation: place } = operation;
  const converter = new SchemaConverter(context.documents, 'request', context.findings);
  const names = new ArgumentNames();
  const body = convertBody(place, names, converter, context); // first: the names of its properties cannot change
  const parameters = convertParameters(operation, names, converter, context);
  const required = [...parameters.required, ...body.required];
  const inputSchema: Schema = {
    type: 'object',
    ...(body.description && { description: body.description }),
    properties: { ...parameters.properties, ...body.properties },
    ...(required.length > 0 && { required }),
    ...(body.additionalProperties !== undefined && { additionalProperties: body.additionalProperties }),
    ...(Object.keys(converter.defs).length > 0 && { $defs: converter.defs }),
  };
  const event: HttpEvent = {
    type: settings.eventType,
    method,
    path: (path.startsWith('/') ? settings.basePath : '') + path.split('#')[0], // a fragment tells operations apart, and is never sent
    ...parameters.event,
    body: body.event,
  };
  return { inputSchema, event, places: parameters.places };
}

/** Where the document has a part of the event, by its JSON pointer in the event. */
function placeOf(pointer: string, { items, operation }: Operation, places: ReadonlyMap<string, Place>): Place {
  const [, part, index] = pointer.split('/');
  if (part === 'path') return items.at(-1)!;
  if (part === 'body') return at(operation, 'requestBody');
  return places.get(`/${part}/${index}`) ?? operation;
}

/** Title and description, from the operation's summary and description. */
function texts({ operation }: Operation, { findings }: ConversionContext): { title?: string; description?: string } {
  const text = (key: string) => {
    const { value } = at(operation, key);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const summary = text('summary');
  const deprecated = at(operation, 'deprecated').value === true ? 'Deprecated.' : undefined;
  let description = [deprecated, text('description') ?? summary].filter(Boolean).join(' ');
  if (description.length > MAX_DESCRIPTION) {
    findings.warn(at(operation, 'description'), `has ${description.length} characters: cut to ${MAX_DESCRIPTION}`);
    description = description.slice(0, MAX_DESCRIPTION);
  }
  if (summary !== undefined && summary.length > MAX_TITLE && text('description') !== undefined) {
    findings.warn(
      at(operation, 'summary'),
      `has ${summary.length} characters, a title has at most ${MAX_TITLE}: left out`,
    );
  }
  return {
    ...(summary !== undefined && summary.length <= MAX_TITLE && { title: summary }),
    ...(description !== '' && { description }),
  };
}

/** The output schema; a tool does without it where it is too large, or breaks a rule. */
function outputOf(operation: Operation, tool: object, { documents, findings }: ConversionContext): Schema | undefined {
  const own = new Findings(); // its warnings count only if the schema is used
  const without = (reason: string) =>
    findings.warn(at(operation.operation, 'responses'), `no output schema: ${reason}`);
  try {
    const converter = new SchemaConverter(documents, 'response', own);
    const outputSchema = own.attempt(undefined, () => convertResponses(operation.operation, converter, documents));
    if (outputSchema === undefined) return undefined;
    const known = new Set(problemsOf(tool).map(({ path }) => path));
    const problems = problemsOf({ ...tool, outputSchema }).filter(({ path }) => !known.has(path));
    if (problems.length === 0) {
      for (const warning of own.warnings) findings.warnings.add(warning);
      return outputSchema;
    }
    without(problems.map(({ path, message }) => `${path} ${message}`.trim()).join('; '));
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    without(`it ${error.message}`);
  } finally {
    for (const error of own.errors) findings.errors.add(error);
  }
  return undefined;
}

function problemsOf(tool: object): readonly { readonly path: string; readonly message: string }[] {
  return validateDefinition({ type: 'tool', ...tool } as JsonObject).errors ?? [];
}
