/** JSON Schemas that registrants bring: well-formed, bounded, self-contained, and sure to end when a value is validated. */
import { child, isObject, type Report, show } from './checks';
import { checkHeaderParameters } from './header-parameters';
import { isKeyword, REFERENCES, subschemas, VALUES } from './schema-keywords';

const MAX_BYTES = 102_400;
const MAX_SUBSCHEMAS = 2_000;
/** Most schemas that judge one value at one place, references followed: bounds what `allOf` of `$ref`s can multiply to. */
const MAX_IN_PLACE = 1_000;

/** Where a schema sits, and which schemas it sends the same value to. */
interface Place {
  readonly inPlace: string[];
  readonly references: Array<{ readonly keyword: string; readonly target: string }>;
}

/** What a walk over a schema finds. Keys are JSON pointers from the schema's root. */
interface Survey {
  readonly places: Map<string, Place>;
  readonly anchors: Map<string, string>;
}

/** Checks the `inputSchema` of a tool. */
export function checkInputSchema(schema: unknown, path: string, report: Report): void {
  checkSchema(schema, path, report);
  if (!isObject(schema)) return;
  if (schema.type !== 'object') {
    report(
      child(path, 'type'),
      `must be "object", for the arguments of a tool are an object; got ${show(schema.type)}`,
    );
  }
  checkHeaderParameters(schema, path, report);
}

/** Checks the `outputSchema` of a tool. */
export function checkOutputSchema(schema: unknown, path: string, report: Report): void {
  checkSchema(schema, path, report);
}

function checkSchema(schema: unknown, path: string, report: Report): void {
  if (!isObject(schema)) {
    report(path, `must be a JSON Schema object; got ${show(schema)}`);
    return;
  }
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > MAX_BYTES) {
    report(path, `has ${bytes} bytes of JSON, at most ${MAX_BYTES} are allowed in a schema`);
    return;
  }
  const survey: Survey = { places: new Map(), anchors: new Map() };
  visit(schema, '', survey, (pointer, message) => report(path + pointer, message));
  if (survey.places.size > MAX_SUBSCHEMAS) {
    report(path, `has more than ${MAX_SUBSCHEMAS} schemas inside, which is the most allowed`);
    return;
  }
  resolveReferences(survey, (pointer, message) => report(path + pointer, message));
}

function visit(schema: unknown, at: string, survey: Survey, report: Report): void {
  if (survey.places.size > MAX_SUBSCHEMAS) return;
  const place: Place = { inPlace: [], references: [] };
  survey.places.set(at, place);
  if (typeof schema === 'boolean') return;
  if (!isObject(schema)) {
    report(at, `must be a schema (an object, true or false); got ${show(schema)}`);
    return;
  }
  checkIdentity(schema, at, survey, report);
  for (const [keyword, value] of Object.entries(schema)) {
    const pointer = child(at, keyword);
    if (REFERENCES.includes(keyword)) addReference(value, keyword, at, place, report);
    else if (!isKeyword(keyword)) refuseHidden(value, pointer, report);
    VALUES[keyword]?.(value, pointer, report);
  }
  for (const { schema: each, pointer, inPlace } of subschemas(schema)) {
    visit(each, at + pointer, survey, report);
    if (inPlace) place.inPlace.push(at + pointer);
  }
}

/** `$id` and anchors. An `$id` below the root would change what the references under it mean. */
function checkIdentity(schema: { [key: string]: unknown }, at: string, survey: Survey, report: Report): void {
  for (const keyword of ['$id', 'id']) {
    const id = schema[keyword];
    if (id === undefined) continue;
    if (keyword === 'id')
      report(child(at, keyword), 'is a keyword of draft-04: leave it out, or write $id at the root');
    else if (at !== '')
      report(child(at, keyword), 'is allowed at the root only: give the schema an $anchor, or refer to it by #/…');
    else if (typeof id !== 'string' || !/^[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+$/.test(id) || !URL.canParse(id)) {
      report(child(at, keyword), `must be an absolute URI without fragment; got ${show(id)}`);
    }
  }
  for (const keyword of ['$anchor', '$dynamicAnchor']) {
    const anchor = schema[keyword];
    if (typeof anchor !== 'string') continue;
    if (survey.anchors.has(anchor)) report(child(at, keyword), `${show(anchor)} is there twice`);
    survey.anchors.set(anchor, at);
  }
}

function addReference(value: unknown, keyword: string, at: string, place: Place, report: Report): void {
  if (typeof value !== 'string') report(child(at, keyword), `must be a string; got ${show(value)}`);
  else if (!value.startsWith('#')) {
    report(
      child(at, keyword),
      `${show(value)} is outside this schema: copy what it names into $defs and refer to it by #/$defs/…`,
    );
  } else place.references.push({ keyword, target: value });
}

/** Validators look for references in the values of unknown keywords too. */
function refuseHidden(value: unknown, at: string, report: Report): void {
  if (!isObject(value)) return;
  for (const [key, each] of Object.entries(value)) {
    if (['$id', 'id', ...REFERENCES, '$anchor'].includes(key)) {
      report(child(at, key), `${key} inside a keyword which JSON Schema does not know: move it or rename it`);
    } else refuseHidden(each, child(at, key), report);
  }
}

/** Each reference names a schema that is there, and following them in place comes to an end soon. */
function resolveReferences(survey: Survey, report: Report): void {
  for (const [at, place] of survey.places) {
    for (const { keyword, target } of place.references) {
      const resolved = resolve(target, survey);
      if (resolved === undefined) report(child(at, keyword), `${show(target)} names no schema in here`);
      else place.inPlace.push(resolved);
    }
  }
  const costs = new Map<string, number>();
  const open = new Set<string>();
  const cost = (at: string): number => {
    const known = costs.get(at);
    if (known !== undefined) return known;
    if (open.has(at)) {
      report(at, 'refers to itself without going into the value, so that validating would not end');
      return 0;
    }
    open.add(at);
    const sum = survey.places.get(at)!.inPlace.reduce((total, next) => total + cost(next), 1);
    open.delete(at);
    costs.set(at, sum);
    if (sum > MAX_IN_PLACE && survey.places.get(at)!.inPlace.every((next) => costs.get(next)! <= MAX_IN_PLACE)) {
      report(at, `applies ${sum} schemas to one value, references followed; at most ${MAX_IN_PLACE} are allowed`);
    }
    return sum;
  };
  for (const at of survey.places.keys()) cost(at);
}

function resolve(target: string, { places, anchors }: Survey): string | undefined {
  let fragment: string;
  try {
    fragment = decodeURIComponent(target.slice(1));
  } catch {
    return undefined;
  }
  return places.has(fragment) ? fragment : anchors.get(fragment);
}
