/** The parameters of an operation: properties of the tool's input, and where the event has their values. */
import { type EventParameter, type HttpEvent, type ParameterStyle, parsePath } from '../event';
import { isObject, show } from '../validation/checks';
import type { ConversionContext } from './context';
import { Problem } from './findings';
import type { ArgumentNames } from './names';
import type { Operation } from './operations';
import { at, keyOf, members, type Place } from './place';
import { resolveReference } from './references';
import type { Schema, SchemaConverter } from './schema';

/** The styles of each kind of parameter, its default first. */
const STYLES: { readonly [location: string]: readonly ParameterStyle[] } = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
};

const JSON_TYPE = /^application\/(?:[^;]*\+)?json\b/i;

export interface ConvertedParameters {
  readonly properties: Schema;
  readonly required: string[];
  readonly event: Pick<HttpEvent, 'pathParameters' | 'query' | 'headers' | 'cookies'>;
  /** Where the document has the parameters, by their JSON pointers in the event. */
  readonly places: ReadonlyMap<string, Place>;
}

export function convertParameters(
  operation: Operation,
  names: ArgumentNames,
  converter: SchemaConverter,
  context: ConversionContext,
): ConvertedParameters {
  const properties: Schema = {};
  const required: string[] = [];
  const events: { [location: string]: { readonly event: EventParameter; readonly place: Place }[] } = {
    path: [],
    query: [],
    header: [],
    cookie: [],
  };
  for (const parameter of parametersOf(operation, context)) {
    const { name, location } = parameter;
    const argument = names.take(name, location);
    context.findings.attempt(undefined, () => {
      const { schema, style, explode } = parameterValue(parameter, converter, context);
      properties[argument] = schema;
      if (location === 'path' || at(parameter.place, 'required').value === true) required.push(argument);
      const event = eventParameter({ name, argument, style, explode }, STYLES[location][0]);
      events[location].push({ event, place: parameter.place });
    });
  }
  const pathParameters = events.path.filter(({ event }) => typeof event !== 'string'); // the others are in the path already
  const { query, header: headers, cookie: cookies } = events;
  const lists = Object.entries({ pathParameters, query, headers, cookies }).filter(([, list]) => list.length > 0);
  const places = lists.flatMap(([part, list]) => list.map(({ place }, index) => [`/${part}/${index}`, place] as const));
  const event = lists.map(([part, list]) => [part, list.map((each) => each.event)]);
  return { properties, required, event: Object.fromEntries(event), places: new Map(places) };
}

interface Parameter {
  readonly place: Place;
  readonly name: string;
  readonly location: string;
}

/** The parameters of the operation and of its path item, which it may replace; path parameters first, in the order of the path. */
function parametersOf({ path, items, operation }: Operation, context: ConversionContext): Parameter[] {
  const found = new Map<string, Parameter>();
  const variables = parsePath(path).parameters.map(({ name }) => name);
  for (const name of variables)
    found.set(`path ${name}`, { place: { ...items.at(-1)!, value: undefined }, name, location: 'path' });
  const lists = [...items, operation].map((place) => at(place, 'parameters'));
  for (const list of lists) {
    if (list.value !== undefined && !Array.isArray(list.value))
      context.findings.error(list, `must be an array of parameters; got ${show(list.value)}`);
  }
  for (const each of lists.filter(({ value }) => Array.isArray(value)).flatMap(members)) {
    context.findings.attempt(undefined, () => {
      const parameter = parameterAt(resolveReference(each, context));
      const header = parameter.location === 'header' && parameter.name.toLowerCase();
      if (header === 'content-type') return; // the body has it
      if (header === 'accept' || header === 'authorization') {
        context.findings.warn(
          parameter.place,
          `has no effect: OpenAPI ignores a header parameter ${show(parameter.name)}`,
        );
      } else if (parameter.location === 'path' && !variables.includes(parameter.name)) {
        context.findings.warn(parameter.place, `is not in the path ${show(path)}: left out`);
      } else found.set(`${parameter.location} ${parameter.name}`, parameter);
    });
  }
  return [...found.values()];
}

function parameterAt(place: Place): Parameter {
  const name = at(place, 'name').value;
  const location = at(place, 'in').value;
  if (typeof name !== 'string' || name === '')
    throw new Problem(at(place, 'name'), `must be a string; got ${show(name)}`);
  if (typeof location !== 'string' || !Object.hasOwn(STYLES, location)) {
    throw new Problem(at(place, 'in'), `must be ${Object.keys(STYLES).map(show).join(' or ')}; got ${show(location)}`);
  }
  for (const key of ['required', 'explode', 'deprecated']) {
    const flag = at(place, key);
    if (flag.value !== undefined && typeof flag.value !== 'boolean')
      throw new Problem(flag, `must be true or false; got ${show(flag.value)}`);
  }
  return { place, name, location };
}

interface ParameterValue {
  readonly schema: Schema;
  readonly style: ParameterStyle;
  readonly explode: boolean;
}

function parameterValue(
  { place, name, location }: Parameter,
  converter: SchemaConverter,
  { documents, findings }: ConversionContext,
): ParameterValue {
  if (!isObject(place.value)) {
    findings.warn(place, `the path parameter ${show(name)} is not declared: its argument is a string`);
    return { schema: { type: 'string' }, style: 'simple', explode: false };
  }
  const contents = members(at(place, 'content'));
  const content = contents.find((each) => JSON_TYPE.test(keyOf(each))) ?? contents[0];
  const style = content ? 'json' : styleOf(place, location);
  if (content && !JSON_TYPE.test(keyOf(content))) {
    throw new Problem(content, 'is a content type that parameters cannot have here: expected "application/json"');
  }
  const schemaPlace = at(content ?? place, 'schema');
  if (schemaPlace.value === undefined) findings.warn(content ?? place, 'has no schema: any value is allowed');
  const schema = schemaPlace.value === undefined ? {} : converter.convert(schemaPlace);
  const examples = members(at(place, 'examples'))
    .map((each) => at(documents.resolve(each), 'value').value)
    .filter((each) => each !== undefined);
  const { description, deprecated, example } = place.value;
  return {
    schema: {
      ...(isObject(schema) ? schema : schema ? {} : { not: {} }),
      ...(typeof description === 'string' && description !== '' && { description }),
      ...(deprecated === true && { deprecated }),
      ...(example !== undefined && { examples: [example] }),
      ...(examples.length > 0 && { examples }),
    },
    style,
    explode: typeof place.value.explode === 'boolean' && !content ? place.value.explode : style === 'form',
  };
}

function styleOf(place: Place, location: string): ParameterStyle {
  const style = at(place, 'style').value ?? STYLES[location][0];
  if (STYLES[location].includes(style as ParameterStyle)) return style as ParameterStyle;
  const rule = STYLES[location].map(show).join(' or ');
  throw new Problem(at(place, 'style'), `a ${location} parameter has the style ${rule}; got ${show(style)}`);
}

/** A parameter as the event mapping has it, without what is the default. */
export function eventParameter(
  { name, argument, style, explode }: { name: string; argument: string; style: ParameterStyle; explode: boolean },
  defaultStyle: ParameterStyle,
): EventParameter {
  const differs = {
    ...(argument !== name && { argument }),
    ...(style !== defaultStyle && { style }),
    ...(explode !== (style === 'form') && style !== 'deepObject' && { explode }),
  };
  return Object.keys(differs).length > 0 ? { name, ...differs } : name;
}
