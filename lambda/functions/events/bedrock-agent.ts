/** A request of an Amazon Bedrock agent to an action group with function details. */
import type { BedrockAgentEvent } from '../../../src/private/event.js';
import type { JsonObject } from '../../../src/private/registration.js';
import { plainTwin } from '../../shared/exact-json.js';
import type { EventContext } from './event-context.js';

export function bedrockAgentEvent(
  mapping: BedrockAgentEvent,
  { args, request, invocationId, call }: EventContext,
): JsonObject {
  return {
    messageVersion: '1.0',
    agent: { name: 'mcp', id: 'MCP', alias: 'MCP', version: 'DRAFT' },
    inputText: '',
    sessionId: request.sessionId ?? invocationId,
    actionGroup: mapping.actionGroup,
    function: mapping.function,
    parameters: Object.entries(args)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => ({
        name,
        type: typeOf(plainTwin(value), declaredType(call.registration.inputSchema, name)),
        value: text(value),
      })),
    sessionAttributes: {},
    promptSessionAttributes: {},
  };
}

/** The type that the tool declares, or that of the value: an agent knows `string`, `number`, `integer`, `boolean` and `array`. */
function typeOf(value: unknown, declared: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value !== 'number') return 'string';
  return declared === 'number' || !Number.isInteger(value) ? 'number' : 'integer';
}

function declaredType(schema: JsonObject | undefined, name: string): unknown {
  const properties = schema?.properties as Record<string, JsonObject> | undefined;
  return properties && Object.hasOwn(properties, name) ? Object(properties[name]).type : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
