import { UriTemplate } from '@modelcontextprotocol/server';
import { describe, expect, test } from 'vitest';
import { validateDefinition } from '../../../src/private/validation';
import { parseUriTemplate } from '../../../src/private/validation/uri';

function errors(uri: object): string[] {
  const { errors: found = [] } = validateDefinition({ type: 'resource', name: 'a', ...uri });
  return found.map(({ message }) => message);
}

describe('uri', () => {
  test.each([
    'docs://readme',
    'https://example.com/a?b=c#d',
    'urn:isbn:0451450523',
    'file:///a%20b',
    'x-y.z+1:a',
    'ui://[::1]/x',
  ])('%s is accepted', (uri) => {
    expect(errors({ uri })).toEqual([]);
  });
  test.each<[unknown, string]>([
    ['readme', 'has no scheme'],
    ['docs:', 'has nothing after its scheme'],
    ['docs://a b', 'percent-encode'],
    ['docs://ä', 'percent-encode'],
    ['docs://%zz', 'percent-encode'],
    ['docs://a\n', 'percent-encode'],
    ['docs://{page}', 'uriTemplate'],
    [`docs://${'x'.repeat(2048)}`, 'at most 2048'],
    [5, 'must be a string'],
  ])('%j is rejected', (uri, message) => {
    expect(errors({ uri })).toEqual([expect.stringContaining(message)]);
  });
});

describe('uriTemplate', () => {
  test.each<[string, Record<string, string>]>([
    ['docs://{page}', { page: 'intro' }],
    ['docs://{section}/{page}', { section: 'a', page: 'b' }],
    ['docs://x/{+path}', { path: 'a/b/c' }],
    ['docs://x{/page}', { page: 'p' }],
    ['docs://x{.format}', { format: 'md' }],
    ['docs://{id}{?lang,v}', { id: '1', lang: 'de', v: '2' }],
    ['docs://x?a=1{&b}', { b: '2' }],
    ['docs://{a.b}-{c_1}', { 'a.b': 'x', c_1: 'y' }],
  ])('%s is accepted, and the SDK matches the URI that it expands', (uriTemplate, variables) => {
    expect(errors({ uriTemplate })).toEqual([]);
    const template = new UriTemplate(uriTemplate);
    expect(template.match(template.expand(variables))).toEqual(variables);
    expect(
      parseUriTemplate(uriTemplate)?.expressions.flatMap((each) => each.variables.map(({ name }) => name)),
    ).toEqual(Object.keys(variables));
  });

  test.each<[unknown, string]>([
    ['docs://readme', 'has no variable'],
    ['{+url}', 'literal scheme'],
    ['{scheme}://x', 'literal scheme'],
    ['docs://{page', 'brace'],
    ['docs://page}', 'brace'],
    ['docs://{a{b}}', 'brace'],
    ['docs://{}', 'not a valid expression'],
    ['docs://{a b}', 'not a valid expression'],
    ['docs://{a:3}', 'prefix modifiers'],
    ['docs://{;a}', 'unsupported operator ;'],
    ['docs://{=a}', 'unsupported operator ='],
    ['docs://{a,b}', 'several variables'],
    [`docs://x{?${Array.from({ length: 17 }, (_, n) => `v${n}`).join()}}`, 'has 17 variables, at most 16 are allowed'],
    ['docs://{a}/{a}', 'is used twice'],
    ['docs://{a}{b}', 'adjacent expressions'],
    ['docs://{+a}-{+b}-{+c}', 'at most 2'],
    ['docs://ä/{a}', 'percent-encode'],
    [`docs://${Array.from({ length: 17 }, (_, n) => `{v${n}}`).join('/')}`, '17 variables, at most 16'],
    [`docs://x{?${Array.from({ length: 17 }, (_, n) => `v${n}`)}}`, '17 variables, at most 16'],
    [5, 'must be a string'],
  ])('%j is rejected', (uriTemplate, message) => {
    expect(errors({ uriTemplate })).toEqual([expect.stringContaining(message)]);
    if (typeof uriTemplate === 'string') expect(parseUriTemplate(uriTemplate)).toBeUndefined();
  });
});
