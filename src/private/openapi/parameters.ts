/** The parameters of an operation: properties of the tool's input, and where the event has their values. */
import type { EventParameter, HttpEvent, ParameterStyle } from '../event';
import { isObject, show } from '../validation/checks';
import type { ConversionContext } from './context';
import { Problem } from './findings';
import type { ArgumentNames } from './names';
import type { Operation } from './operations';
import { at, members, type Place } from './place';
import type { Schema, SchemaConverter } from './schema';

/** The styles of each kind of parameter, its default first. */
const STYLES: { readonly [location: string]: readonly ParameterStyle[] } = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
};
/** Headers that OpenAPI describes elsewhere: a parameter of such a name is ignored, as the specification says. */
const IGNORED_HEADERS = ['accept', 'content-type', 'authorization'];

export interface ConvertedParameters {
  readonly properties: Schema;
  readonly required: string[];
  readonly event: Pick<HttpEvent, 'pathParameters' | 'query' | 'headers' | 'cookies'>;
}

export function convertParameters(
  operation: Operation,
  names: ArgumentNames,
  converter: SchemaConverter,
  context: ConversionContext,
): ConvertedParameters {
  const properties: Schema = {};
  const required: string[] = [];
  const events: { [location: string]: EventParameter[] } = { path: [], query: [], header: [], cookie: [] };
  for (const parameter of parametersOf(operation, context)) {
    const { name, location } = parameter;
    const argument = names.take(name, location);
    context.findings.attempt(undefined, () => {
      const { schema, style, explode } = parameterValue(parameter, converter, context);
      properties[argument] = schema;
      if (location === 'path' || at(parameter.place, 'required').value === true) required.push(argument);
      events[location].push(eventParameter({ name, argument, style, explode }, STYLES[location][0]));
    });
  }
  const path = events.path.filter((each) => typeof each !== 'string'); // the others are in the path already
  const { query, header: headers, cookie: cookies } = events;
  const event = Object.entries({ pathParameters: path, query, headers, cookies }).filter(([, list]) => list.length > 0);
  return { properties, required, event: Object.fromEntries(event) };
}

interface Parameter {
  readonly place: Place;
  readonly name: string;
  readonly location: string;
}

/** The parameters of the operation and of its path item, which it may replace; path parameters first, in the order of the path. */
function parametersOf({ path, item, operation }: Operation, context: ConversionContext): Parameter[] {
  const found = new Map<string, Parameter>();
  const variables = [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name);
  for (const name of variables)
    found.set(`path ${name}`, { place: { ...item, value: undefined }, name, location: 'path' });
  for (const each of [...members(at(item, 'parameters')), ...members(at(operation, 'parameters'))]) {
    context.findings.attempt(undefined, () => {
      const parameter = parameterAt(context.documents.resolve(each));
      if (parameter.location === 'header' && IGNORED_HEADERS.includes(parameter.name.toLowerCase())) return;
      if (parameter.location === 'path' && !variables.includes(parameter.name)) {
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
  const [content] = members(at(place, 'content'));
  const style = content ? 'json' : styleOf(place, location);
  if (content && !/^application\/(?:[^;]*\+)?json\b/i.test(content.pointer.split('/').pop()!.replaceAll('~1', '/'))) {
    throw new Problem(content, 'is a content type that parameters cannot have here: expected "application/json"');
  }
  const schemaPlace = at(content ?? place, 'schema');
  if (schemaPlace.value === undefined) findings.warn(content ?? place, 'has no schema: any value is allowed');
  const schema = schemaPlace.value === undefined ? {} : converter.convert(schemaPlace);
  const examples = members(at(place, 'examples')).map((each) => at(documents.resolve(each), 'value').value);
  const { description, deprecated, example } = place.value;
  return {
    schema: {
      ...(isObject(schema) ? schema : schema ? {} : { not: {} }),
      ...(typeof description === 'string' && description !== '' && { description }),
      ...(deprecated === true && { deprecated }),
      ...(example !== undefined && { examples: [example] }),
      ...(examples.length > 0 && { examples: examples.filter((each) => each !== undefined) }),
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
