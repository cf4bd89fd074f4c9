/** Rules for single keys of a registration. */
import { accessRule } from './access';
import { callLimit } from './call-limit';
import {
  boolean,
  type Check,
  distinct,
  functionArn,
  integer,
  listOf,
  matching,
  object,
  oneOf,
  struct,
  text,
} from './checks';
import { eventMapping } from './event';
import { toolsets } from './toolset';
import { uri, uriTemplate } from './uri';

/** The name of a registration: the characters that MCP recommends for tool names. It is part of the registration id. */
const NAME = /^[A-Za-z0-9_.-]{1,128}$/;
/** No part can match the same text in two ways, which would take exponential time. */
const MIME_TYPE =
  /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(?:\s*;\s*[A-Za-z0-9!#$&^_.+-]+=(?:[^\s";]+(?:[ \t]+[^\s";]+)*|"[^\r\n"]*"))*$/;
/** The date format of `lastModified` (RFC 3339). */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

const title = text(256);
const description = text(16_384);
/** Longest time to live of a cached result: one year. */
const MAX_TTL_SECONDS = 31_536_000;
/** One minute less than the Lambda maximum of 15 minutes: the server function also has to deliver the result. */
const MAX_TIMEOUT_SECONDS = 840;

const mimeType = matching(MIME_TYPE, 'a MIME type such as "text/markdown"');

/** The source of an icon. Clients fetch it, so schemes that could run code or reach their local network over http are refused. */
const iconSource: Check = (value, path, report) => {
  if (typeof value !== 'string' || !/^(?:https:\/\/[^\s/]|data:image\/)\S*$/i.test(value)) {
    report(path, 'must be an https: URL or a data:image/… URI');
  } else if (value.length > 65_536) {
    report(path, `has ${value.length} characters, at most 65536 are allowed: serve the image over https`);
  }
};

const icons = listOf(
  struct(
    'an icon',
    {
      src: iconSource,
      mimeType,
      sizes: listOf(matching(/^(?:\d+x\d+|any)$/, 'a size such as "48x48" or "any"'), 16),
      theme: oneOf('light', 'dark'),
    },
    ['src'],
  ),
  16,
);

/** `annotations` of a tool. */
export const toolAnnotations = struct('the annotations of a tool', {
  title,
  readOnlyHint: boolean,
  destructiveHint: boolean,
  idempotentHint: boolean,
  openWorldHint: boolean,
});

/** `annotations` of a resource. */
export const resourceAnnotations = struct('the annotations of a resource', {
  audience: distinct(listOf(oneOf('user', 'assistant'), 2)),
  priority: (value, path, report) => {
    if (typeof value !== 'number' || !(value >= 0 && value <= 1)) report(path, 'must be a number from 0 to 1');
  },
  lastModified: matching(DATE_TIME, 'a date and time such as "2026-01-31T12:00:00Z"'),
});

/** `arguments` of a prompt. `definition.ts` checks that the names are unique. */
export const promptArguments = listOf(
  struct('a prompt argument', { name: text(128), title, description, required: boolean }, ['name']),
  64,
);

/** Keys with a rule that involves no other key. `json-schema.ts` checks `inputSchema` and `outputSchema`. */
export const FIELDS: { readonly [key: string]: Check } = {
  name: matching(NAME, '1 to 128 of the characters A-Z a-z 0-9 _ . -'),
  title,
  description,
  icons,
  lambdaArn: functionArn,
  completionHandler: functionArn,
  _meta: object,
  event: eventMapping,
  invokeMode: oneOf('BUFFERED', 'RESPONSE_STREAM'),
  timeoutSeconds: integer(1, MAX_TIMEOUT_SECONDS, 'seconds'),
  enabled: boolean,
  asksClient: distinct(listOf(oneOf('elicitation', 'sampling', 'roots'), 3)),
  cache: struct('cache', { ttlSeconds: integer(0, MAX_TTL_SECONDS, 'seconds'), scope: oneOf('public', 'private') }, [
    'ttlSeconds',
    'scope',
  ]),
  access: accessRule,
  toolsets,
  limit: callLimit,
  taskSupport: oneOf('forbidden', 'optional', 'required'),
  uri,
  uriTemplate,
  mimeType,
  size: integer(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  listable: boolean,
};
