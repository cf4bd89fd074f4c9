/** Any JSON with placeholders. A value that takes the place of a placeholder is never searched for others. */
import type { TemplateEvent } from '../../../src/private/event.js';
import { type Placeholder, parseString } from '../../../src/private/event-template.js';
import type { JsonObject } from '../../../src/private/registration.js';
import type { EventContext } from './event-context.js';
import { argumentOf, InvalidArguments } from './invalid-arguments.js';

/** Most characters of all values together. A template can repeat a placeholder, and Lambda limits an event to 6 MB. */
const MAX_CHARACTERS = 6_291_556;

export function templateEvent({ template }: TemplateEvent, context: EventContext): JsonObject {
  return filled(template, { ...context, sizes: new Map(), left: MAX_CHARACTERS }) as JsonObject;
}

interface FillingContext extends EventContext {
  /** The characters of each placeholder's value as JSON. */
  readonly sizes: Map<unknown, number>;
  /** The characters that the other values may have. */
  left: number;
}

function filled(value: unknown, context: FillingContext): unknown {
  if (typeof value === 'string') return filledString(value, context);
  if (Array.isArray(value)) return value.map((item) => filled(item, context) ?? null);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, each]) => [key, filled(each, context)])
      .filter(([, each]) => each !== undefined),
  );
}

/** A string that is one placeholder becomes its value, undefined without one. In any other string, values become text. */
function filledString(string: string, context: FillingContext): unknown {
  const { literals, placeholders } = parseString(string);
  const [only] = placeholders;
  if (placeholders.length === 1 && only && literals.every((literal) => literal === ''))
    return placeholderValue(only, context);
  return literals.reduce((text, literal, index) => text + textOf(placeholders[index - 1], context) + literal);
}

function textOf(placeholder: Placeholder | undefined, context: FillingContext): string {
  const value = placeholder && placeholderValue(placeholder, context);
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function placeholderValue(placeholder: Placeholder, context: FillingContext): unknown {
  const value = unlimitedValue(placeholder, context);
  const size = context.sizes.get(value) ?? JSON.stringify(value)?.length ?? 0;
  context.sizes.set(value, size);
  context.left -= size;
  if (context.left < 0) throw new InvalidArguments('arguments', 'are too large for the event of this function');
  return value;
}

function unlimitedValue(placeholder: Placeholder, { args, request, now }: EventContext): unknown {
  switch (placeholder.kind) {
    case 'arguments':
      return args;
    case 'argument':
      return argumentOf(args, placeholder.name);
    case 'caller':
      return request.principal;
    case 'callerId':
      return request.principal?.id ?? null;
    case 'time':
      return now.toISOString();
  }
}
