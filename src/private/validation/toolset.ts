/** Rules for the names of toolsets, which are part of an address: `/mcp/<toolset>`. */
import { type Check, distinct, listOf, show } from './checks';

/** `/mcp/server-card` is the address that MCP recommends for the server card of a server (SEP-2127). */
const NAME = /^(?!server-card$)[a-z0-9-]{1,64}$/;
const MAX_TOOLSETS = 16;

/** The rule for names, for messages. */
export const TOOLSET_NAME_RULE = '1 to 64 of the characters a-z 0-9 -, other than server-card, which MCP reserves';

/** Whether a text can be the name of a toolset. */
export function isToolsetName(text: string): boolean {
  return NAME.test(text);
}

const toolsetName: Check = (value, path, report) => {
  if (typeof value === 'string' && isToolsetName(value)) return;
  const other = typeof value === 'string' ? validName(value) : '';
  report(path, `must be ${TOOLSET_NAME_RULE}; got ${show(value)}${isToolsetName(other) ? `: use ${show(other)}` : ''}`);
};

/** `toolsets` of a registration. */
export const toolsets = distinct(listOf(toolsetName, MAX_TOOLSETS));

/** The valid name that resembles a text most; empty if no character can stay. */
function validName(text: string): string {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join('-').slice(0, 64);
}
