/** Rules for the parameters and the body of an HTTP event. */
import type { ParameterStyle } from '../event';
import {
  boolean,
  type Check,
  child,
  isObject,
  listOf,
  matching,
  oneOf,
  type Report,
  show,
  struct,
  text,
} from './checks';

const MAX_PARAMETERS = 256;
/** A token of HTTP: the name of a header or a cookie. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/;
const CONTROL = /\p{Cc}/u;
const CONTENT_TYPE =
  /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(?:\s*;\s*[A-Za-z0-9!#$&^_.+-]+=[^\s;]+(?:[ \t]+[^\s;]+)*)*$/;
const FORM = /^application\/x-www-form-urlencoded\b/i;

/**
 * Headers that arguments cannot set: those of a connection, of the body, of the caller's identity, those that proxies and AWS add, and
 * those that frameworks take for another method or path.
 */
const RESERVED_HEADERS = new RegExp(
  `^(?:${[
    'connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|host|via|date',
    'content-(?:type|length|encoding)|authorization|cookie|forwarded|x-forwarded-.*|x-real-ip|(?:x|x-cluster|true|fastly)-client-ip',
    'cf-connecting-ip|cloudfront-.*|x-host|x-original-host',
    'x-amzn?-.*|x-apigateway-.*|x-http-method(?:-override)?|x-method-override|x-original-ur[il]|x-rewrite-url',
  ].join('|')})$`,
  'i',
);

const headerName: Check = (value, at, report) => {
  matching(TOKEN, 'the name of a header, such as "X-Request-Id"')(value, at, report);
  if (typeof value === 'string' && RESERVED_HEADERS.test(value)) {
    report(at, `must not be ${show(value)}: arguments cannot set this header`);
  }
};
const cookieName = matching(TOKEN, 'the name of a cookie');
const parameterName: Check = (value, at, report) => {
  text(256)(value, at, report);
  if (typeof value === 'string' && CONTROL.test(value)) report(at, 'has a control character');
};

/** A list of parameters with unique names, each a string or an object with its style. */
function parameters(name: Check, ...styles: ParameterStyle[]): Check {
  const long = struct('a parameter', { name, argument: text(256), style: oneOf(...styles, 'json'), explode: boolean }, [
    'name',
  ]);
  const list = listOf((value, at, report) => (isObject(value) ? long : name)(value, at, report), MAX_PARAMETERS);
  return (value, at, report) => {
    list(value, at, report);
    checkDistinct(value, at, report);
  };
}

function checkDistinct(value: unknown, at: string, report: Report): void {
  if (!Array.isArray(value)) return;
  const names = value.map((each) => (isObject(each) ? each.name : each));
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) report(child(at, index), `${show(name)} is a duplicate`);
  });
}

export const pathParameters = parameters(parameterName, 'simple', 'label', 'matrix');
export const queryParameters = parameters(parameterName, 'form', 'spaceDelimited', 'pipeDelimited', 'deepObject');
export const headerParameters = parameters(headerName, 'simple');
export const cookieParameters = parameters(cookieName, 'form');

const contentType: Check = (value, at, report) => {
  matching(CONTENT_TYPE, 'a content type such as "application/json"')(value, at, report);
  if (/^multipart\//i.test(String(value)))
    report(at, 'must not be multipart: expected JSON, a form, text or binary data');
};
const type = oneOf('rest', 'argument', 'none');
const BODIES: { readonly [type: string]: Check } = {
  none: struct('a body of type none', { type }),
  rest: struct('a body of type rest', { type, contentType, fields: queryParameters }),
  argument: struct('a body of type argument', { type, name: text(256), contentType, fields: queryParameters }, [
    'name',
  ]),
};

/** `body`: the rest of the arguments, one argument, or none. */
export const body: Check = (value, at, report) => {
  if (!isObject(value)) return report(at, `must be a JSON object with a type; got ${show(value)}`);
  if (typeof value.type !== 'string' || !Object.hasOwn(BODIES, value.type))
    return type(value.type, child(at, 'type'), report);
  BODIES[value.type](value, at, report);
  const isForm = FORM.test(String(value.contentType));
  if (value.fields !== undefined && !isForm) {
    report(child(at, 'fields'), 'needs "contentType": "application/x-www-form-urlencoded"');
  }
  if (
    value.type === 'rest' &&
    value.contentType !== undefined &&
    !isForm &&
    !/[/+]json\b/i.test(String(value.contentType))
  ) {
    report(
      child(at, 'contentType'),
      `must be JSON or a URL-encoded form in a body of type rest; got ${show(value.contentType)}`,
    );
  }
};
