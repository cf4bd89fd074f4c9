import { describe, expect, it } from 'vitest';
import { dependencies, sortByDependency } from '../../../local/assembly/order.js';

describe('sortByDependency', () => {
  const sort = (graph: Record<string, string[]>) => sortByDependency(Object.keys(graph), (id) => graph[id]);

  it('sorts ids after their dependencies, and otherwise keeps the given order', () => {
    expect(sort({ d: [], c: ['a', 'b'], b: ['a'], a: [] })).toEqual(['d', 'a', 'b', 'c']);
  });

  it('ignores dependencies outside the given ids', () => {
    expect(sort({ a: ['AWS::Region', 'Parameter'] })).toEqual(['a']);
  });

  it('rejects circular dependencies', () => {
    expect(() => sort({ x: ['a'], a: ['b'], b: ['c'], c: ['a'] })).toThrow('circular dependency: a -> b -> c -> a');
  });
});

describe('dependencies', () => {
  it('returns references and DependsOn', () => {
    const properties = { Role: { 'Fn::GetAtt': ['Role', 'Arn'] } };
    expect([...dependencies({ Type: 'X', Properties: properties, DependsOn: ['Policy'] })]).toEqual(['Role', 'Policy']);
    expect([...dependencies({ Type: 'X', DependsOn: 'Policy' })]).toEqual(['Policy']);
  });
});
