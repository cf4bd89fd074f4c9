/** Values that mapping expressions and templates can read. */
export interface MappingContext {
  /** `$context`, such as `{ requestId, authorizer: { principalId } }`. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** Headers of the request with lowercase names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Path with the query string. */
  readonly url: string;
  readonly pathParameters: Readonly<Record<string, string>>;
}

const VARIABLE = /\$(?:\{(context|stageVariables)\.([\w.-]*\w)\}|(context|stageVariables)\.([\w.-]*\w))/g;
/** The parts of the Velocity language that only a template engine can run. */
const CODE = /#(set|if|foreach|macro)\b|\$!?\{?(input|util|method)\b/;

/** Whether a mapping template is literal, except for `$context` and `$stageVariables`. */
export function isLiteralTemplate(template: string): boolean {
  return !CODE.test(template);
}

/** Renders a mapping template. Unknown variables are empty, as in API Gateway's gateway responses. */
export function renderTemplate(template: string, mapping: MappingContext): string {
  return template.replace(VARIABLE, (_, ...groups: Array<string | undefined>) => {
    const [root, path] = groups[0] === undefined ? groups.slice(2) : groups;
    return textOf(lookUp(root === 'context' ? mapping.context : mapping.stageVariables, path!)) ?? '';
  });
}

/** Returns the value of a parameter mapping, such as `'text'` or `context.authorizer.tenant`; undefined if there is none. */
export function parameterValue(expression: string, mapping: MappingContext): string | undefined {
  const [, text] = /^'(.*)'$/s.exec(expression) ?? [];
  if (text !== undefined) return text;
  const [, root, path] =
    /^(context|stageVariables|method\.request\.(?:header|querystring|path))\.(.+)$/.exec(expression) ?? [];
  if (root === 'context') return textOf(lookUp(mapping.context, path!));
  if (root === 'stageVariables') return mapping.stageVariables[path!];
  if (root === 'method.request.path') return mapping.pathParameters[path!];
  if (root === 'method.request.querystring') {
    return new URL(mapping.url, 'http://localhost').searchParams.get(path!) ?? undefined;
  }
  return root === undefined ? undefined : textOf([mapping.headers[path!.toLowerCase()]].flat().at(-1));
}

function lookUp(from: Readonly<Record<string, unknown>>, path: string): unknown {
  const step = (value: unknown, key: string) =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, key)
      ? (value as Record<string, unknown>)[key]
      : undefined;
  return path.split('.').reduce(step, from as unknown);
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
