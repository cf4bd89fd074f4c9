import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../src/private/contract';

interface Docs {
  readonly summary?: string;
  readonly remarks?: string;
  readonly default?: string;
  readonly custom?: Readonly<Record<string, string>>;
}
interface Documented {
  readonly name: string;
  readonly docs?: Docs;
}
interface Property extends Documented {
  readonly type: object;
  readonly optional?: boolean;
}
interface Callable {
  readonly docs?: Docs;
  readonly parameters?: Documented[];
}
interface Type extends Documented {
  readonly kind: 'class' | 'interface' | 'enum';
  /** A struct: an interface of properties only. */
  readonly datatype?: boolean;
  readonly initializer?: Callable;
  readonly methods?: (Callable & Documented)[];
  readonly properties?: Property[];
  /** The members of an enum. */
  readonly members?: Documented[];
}

/** The source of each language's reference: API.md, Python docstrings, Javadoc. */
const { types } = JSON.parse(readFileSync('.jsii', 'utf8')) as { types: Record<string, Type> };

interface Entry {
  /** `Type`, `Type.member` or `Type.method(parameter)`. */
  readonly where: string;
  readonly docs: Docs;
}
const entries: Entry[] = [];
const structProperties: (Entry & { readonly property: Property })[] = [];
const throwers: Entry[] = [];

beforeAll(() => {
  const add = (where: string, docs: Docs = {}) => entries.push({ where, docs });
  const parameters = (where: string, list: Documented[] = []) => {
    for (const { name, docs } of list) add(`${where}(${name})`, docs);
  };
  for (const type of Object.values(types)) {
    add(type.name, type.docs);
    for (const { name, docs } of type.members ?? []) add(`${type.name}.${name}`, docs);
    if (type.initializer) {
      parameters(`new ${type.name}`, type.initializer.parameters); // documented by the class
      if (type.initializer.parameters?.length) throwers.push({ where: type.name, docs: type.initializer.docs ?? {} });
    }
    for (const method of type.methods ?? []) {
      const where = `${type.name}.${method.name}`;
      add(where, method.docs);
      parameters(where, method.parameters);
      if (/\.(add|grant|fromFile|fromString)/.test(where)) throwers.push({ where, docs: method.docs ?? {} });
    }
    for (const property of type.properties ?? []) {
      const where = `${type.name}.${property.name}`;
      add(where, property.docs);
      if (type.datatype) {
        structProperties.push({ where, docs: property.docs ?? {}, property });
      }
    }
  }
});

const textOf = ({ summary = '', remarks = '' }: Docs) => `${summary} ${remarks}`;
const names = (list: readonly Entry[]) => list.map((entry) => entry.where);

describe('every public name', () => {
  test('has a summary', () => {
    expect(entries.length).toBeGreaterThan(250);
    expect(names(entries.filter(({ docs }) => !docs.summary))).toEqual([]);
  });

  test('is documented for every language', () => {
    const typescript = entries.filter(({ docs }) => /\bundefined\b|\bnew Mcp|`this`/.test(textOf(docs)));
    expect(names(typescript)).toEqual([]);
  });

  test('documents the default of each optional property', () => {
    const undocumented = structProperties.filter(({ property, docs }) => !!property.optional !== !!docs.default);
    expect(names(undocumented)).toEqual([]);
  });

  test('documents unit, limits and their source for numbers and durations', () => {
    const typeName = ({ type }: Property) => JSON.stringify(type);
    const measures = structProperties.filter(({ property }) => /"number"|\.Duration"/.test(typeName(property)));
    expect(measures.length).toBeGreaterThan(10);
    const unit = /\b(MiB|bytes|seconds|sessions|listeners|requests|tasks|calls|executions|importance|periods)\b/;
    const limits = /\b(\d[\d,]*( \w+)? to \d|at least \d|\d or more)/;
    const source = /\b(Lambda|API Gateway|CloudWatch|this library|MCP)\b/;
    for (const { where: name, docs } of measures) {
      expect(textOf(docs), name).toMatch(unit);
      expect(textOf(docs), name).toMatch(limits);
      expect(textOf(docs), name).toMatch(source);
    }
  });

  test('documents when it throws', () => {
    expect(throwers.length).toBeGreaterThan(10);
    expect(names(throwers.filter(({ docs }) => !docs.custom?.throws))).toEqual([]);
  });
});

test.each([
  ['McpLambdaServerProps.memorySize', DEFAULTS.MEMORY_SIZE],
  ['McpLambdaServerProps.maxSessions', DEFAULTS.MAX_SESSIONS],
  ['McpLambdaServerProps.maxSessionDuration', DEFAULTS.MAX_SESSION_SECONDS],
  ['McpLambdaServerProps.sessionIdleTimeout', DEFAULTS.IDLE_SECONDS],
  ['McpLambdaServerProps.maxListeners', DEFAULTS.MAX_LISTENERS],
  ['McpLambdaServerProps.maxListenerDuration', DEFAULTS.MAX_LISTENER_SECONDS],
  ['McpLambdaServerProps.taskRetention', DEFAULTS.TASK_SECONDS],
  ['McpLimits.sessions', DEFAULTS.MAX_SESSIONS],
  ['McpLimits.listeners', DEFAULTS.MAX_LISTENERS],
  ['McpLimits.httpSessionsPerHour', DEFAULTS.MAX_HTTP_SESSIONS_PER_HOUR],
  ['McpLimits.tasks', DEFAULTS.MAX_TASKS],
  ['McpRegistrationOptions.timeout', DEFAULTS.TIMEOUT_SECONDS],
])('%s states the default of the contract', (property, value) => {
  const stated = structProperties.find(({ where }) => where === property)!.docs.default!;
  const [, unit, count = stated] = /^Duration\.(\w+)\((\d+)\)$/.exec(stated) ?? [];
  const seconds = { seconds: 1, minutes: 60, days: 86_400 }[unit ?? ''] ?? 1;
  expect(Number(count) * seconds).toBe(value);
});

test('a class and its interface have the same documentation', () => {
  const textsOf = (type: string) =>
    entries
      .filter((entry) => entry.where.startsWith(`${type}.`))
      .map(({ where, docs: { summary, remarks, custom } }) => {
        return [where.slice(type.length + 1), { summary, remarks, throws: custom?.throws }] as const;
      });
  const own = new Map(textsOf('McpLambdaServer'));
  for (const [member, docs] of textsOf('IMcpLambdaServer')) expect(own.get(member), member).toEqual(docs);
});
