/** Writes the body of an HTTP request. */
import { type EventBody, parameterOf } from '../../../src/private/event.js';
import type { JsonObject } from '../../../src/private/registration.js';
import { isObject } from '../../shared/json.js';
import { argumentOf, InvalidArguments } from './invalid-arguments.js';
import { percentEncode, writePairs } from './parameter-styles.js';

export interface HttpBody {
  readonly body: string;
  readonly contentType: string;
  readonly isBase64Encoded: boolean;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/**
 * Returns the body; undefined for a request without one.
 *
 * @param rest the arguments that have no other place
 */
export function httpBody(mapping: EventBody, args: JsonObject, rest: JsonObject): HttpBody | undefined {
  if (mapping.type === 'none') return undefined;
  const { contentType = 'application/json' } = mapping;
  const value = mapping.type === 'rest' ? rest : argumentOf(args, mapping.name);
  if (value === undefined) return undefined;
  const text = (body: string) => ({ body, contentType, isBase64Encoded: false });
  if (/[/+.-]json\b/i.test(contentType) || /^(?:\*|application)\/\*/.test(contentType))
    return text(JSON.stringify(value));
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) return text(form(mapping, value));
  if (/^text\/|[/+]xml\b/i.test(contentType)) return text(typeof value === 'string' ? value : JSON.stringify(value));
  const argument = mapping.type === 'argument' ? mapping.name : '';
  if (typeof value !== 'string' || !BASE64.test(value))
    throw new InvalidArguments(argument, 'must be a string of base64');
  return { body: value, contentType, isBase64Encoded: true };
}

function form({ fields = [] }: Exclude<EventBody, { type: 'none' }>, value: unknown): string {
  const declared = fields.map(parameterOf);
  const values = Object.entries(isObject(value) ? value : {}).filter(([, each]) => each !== null && each !== undefined);
  const names = [...declared.map(({ name }) => name), ...values.map(([name]) => name)];
  return values
    .flatMap(([argument, each]) => {
      const {
        name,
        style = 'form',
        explode = style === 'form',
      } = declared.find((field) => field.argument === argument) ?? {
        name: argument,
      };
      const pairs = writePairs({ name, style, explode }, each);
      const other = pairs.find((pair) => pair.name !== name && names.includes(pair.name));
      if (other)
        throw new InvalidArguments(argument, `must not have a property "${other.name}": another field has this name`);
      return pairs;
    })
    .map(({ name, encoded }) => `${percentEncode(name)}=${encoded}`)
    .join('&');
}
