/** The body of an operation: properties of the tool's input, or one argument. */
import type { EventBody, EventParameter, ParameterStyle } from '../event';
import { isObject, show } from '../validation/checks';
import type { ConversionContext } from './context';
import type { Documents } from './documents';
import { Problem } from './findings';
import { type MediaType, preferred } from './media-types';
import type { ArgumentNames } from './names';
import { eventParameter } from './parameters';
import { at, keyOf, members, type Place } from './place';
import { resolveReference } from './references';
import type { Schema, SchemaConverter } from './schema';

export interface ConvertedBody {
  readonly properties: Schema;
  readonly required: string[];
  /** Absent = the document does not say. */
  readonly additionalProperties?: unknown;
  readonly description?: string;
  readonly event: EventBody;
}

const NONE: ConvertedBody = { properties: {}, required: [], additionalProperties: false, event: { type: 'none' } };
/** Keywords of an object whose properties can stand beside the parameters. Any other makes the body one argument. */
const MERGEABLE =
  /^(?:type|properties|required|additionalProperties|title|description|examples?|deprecated|xml|externalDocs|x-.*)$/;

export function convertBody(
  operation: Place,
  names: ArgumentNames,
  converter: SchemaConverter,
  context: ConversionContext,
): ConvertedBody {
  const requestBody = at(operation, 'requestBody');
  if (requestBody.value === undefined) return NONE;
  return context.findings.attempt(NONE, () => {
    const body = resolveReference(requestBody, context);
    const content = at(body, 'content');
    const media = preferred(content);
    if (media === undefined) {
      const types = members(content).map(keyOf);
      throw new Problem(
        content,
        `a tool cannot send ${types.map(show).join(' or ') || 'a body without content type'}: ${SENT}`,
      );
    }
    return merged(body, media, names, converter, context) ?? argument(body, media, names, converter, context);
  });
}

const SENT = 'expected JSON, a URL-encoded form, text, or binary data';

/** A JSON object or form: its properties are arguments. */
function merged(
  body: Place,
  media: MediaType,
  names: ArgumentNames,
  converter: SchemaConverter,
  { documents }: ConversionContext,
): ConvertedBody | undefined {
  if (media.kind !== 'json' && media.kind !== 'form') return undefined;
  const schema = at(media.place, 'schema');
  if (!isObject(schema.value)) return undefined;
  const { type, properties, ...rest } = documents.resolve(schema).value as Schema;
  const siblings =
    typeof schema.value.$ref === 'string' && !documents.is30
      ? Object.keys(schema.value).filter((key) => key !== '$ref')
      : [];
  const keywords = [...Object.keys(rest), ...siblings];
  if ((type ?? 'object') !== 'object' || !isObject(properties) || Object.keys(properties).length === 0)
    return undefined;
  if (!keywords.every((keyword) => MERGEABLE.test(keyword))) return undefined;
  const required = Array.isArray(rest.required) ? rest.required : [];
  if (at(body, 'required').value !== true && required.length > 0) return undefined; // it may be missing as a whole
  const object = converter.root(schema);
  const converted = isObject(object.properties) ? object.properties : {};
  names.reserve(Object.keys(converted));
  const description = at(body, 'description').value ?? object.description;
  return {
    properties: converted,
    required: (object.required as string[] | undefined) ?? [],
    ...(object.additionalProperties !== undefined && { additionalProperties: object.additionalProperties }),
    ...(typeof description === 'string' && description !== '' && { description }),
    event: { type: 'rest', ...contentType(media), ...fieldsOf(media, documents.resolve(schema), documents) },
  };
}

/** Any other body: the value of one argument. */
function argument(
  body: Place,
  media: MediaType,
  names: ArgumentNames,
  converter: SchemaConverter,
  { documents }: ConversionContext,
): ConvertedBody {
  const name = names.take('body', 'request');
  const place = at(media.place, 'schema');
  const schema = place.value === undefined ? {} : converter.convert(place);
  const description = at(body, 'description').value;
  const form =
    media.kind === 'form' && isObject(place.value) ? fieldsOf(media, documents.resolve(place), documents) : {};
  return {
    properties: {
      [name]: {
        ...valueSchema(schema, media),
        ...(typeof description === 'string' && description !== '' && { description }),
      },
    },
    required: at(body, 'required').value === true ? [name] : [],
    additionalProperties: false,
    event: { type: 'argument', name, ...contentType(media), ...form },
  };
}

/** Text and binary data are strings, whatever the document says of their contents. */
function valueSchema(schema: Schema | boolean, { kind }: MediaType): Schema {
  if (kind === 'json' || kind === 'form') return isObject(schema) ? schema : schema ? {} : { not: {} };
  const string = isObject(schema) && schema.type === 'string' ? schema : { type: 'string' };
  return kind === 'base64' ? { ...string, contentEncoding: 'base64' } : string;
}

function contentType({ contentType: type }: MediaType): { contentType?: string } {
  return type === 'application/json' || type.includes('*') ? {} : { contentType: type };
}

/** The properties of a form that `encoding` gives another style; objects are JSON unless it says otherwise. */
function fieldsOf(media: MediaType, schema: Place, documents: Documents): { fields?: EventParameter[] } {
  if (media.kind !== 'form') return {};
  const fields = members(at(schema, 'properties')).flatMap((property) => {
    const name = keyOf(property);
    const encoding = at(media.place, 'encoding', name);
    const isJson = /json/i.test(String(at(encoding, 'contentType').value ?? ''));
    const isObjectValue = isObject(property.value) && isObject(documents.resolve(property).value);
    const type = isObjectValue ? at(documents.resolve(property), 'type').value : undefined;
    const byDefault = type === 'object' && at(encoding, 'style').value === undefined ? 'json' : 'form';
    const style = (isJson ? 'json' : (at(encoding, 'style').value ?? byDefault)) as ParameterStyle;
    const explode = at(encoding, 'explode').value ?? style === 'form';
    const field = eventParameter({ name, argument: name, style, explode: explode === true }, 'form');
    return typeof field === 'string' ? [] : [field];
  });
  return fields.length > 0 ? { fields } : {};
}
