import { describe, expect, it } from 'vitest';
import { describeChanges, duration } from '../../../local/report/changes.js';
import { changedProperties } from '../../../local/stacks/changes.js';

describe('describeChanges', () => {
  const updated = (path: string, ...properties: string[]) => ({
    change: 'updated' as const,
    type: 'AWS::Lambda::Function',
    path,
    properties,
  });

  it('names the changed resources and their properties, one line for each kind of change', () => {
    const changes = [
      updated('Orders/Stock', 'Code'),
      updated('Orders/Lookup', 'Code', 'MemorySize'),
      updated('Orders/Echo', 'Code'),
      { change: 'added' as const, type: 'Custom::McpTool', path: 'Orders/Mcp/tool-stock' },
      { change: 'replaced' as const, type: 'AWS::ApiGateway::Deployment', path: 'Orders/Mcp/Api/Deployment' },
    ];
    expect(describeChanges(changes)).toEqual([
      'updated Orders/Stock, Orders/Echo (code)',
      'updated Orders/Lookup (code, memory size)',
      'added Orders/Mcp/tool-stock',
    ]);
  });

  it('says if nothing changed', () => {
    expect(describeChanges([])).toEqual(['updated: the resources of the app are unchanged']);
  });

  it('limits the lines', () => {
    const changes = Array.from({ length: 13 }, (_, i) => updated(`Orders/F${i}`, `P${i}`));
    expect(describeChanges(changes)).toHaveLength(11);
    expect(describeChanges(changes).at(-1)).toBe('and 3 more changes');
  });
});

describe('changedProperties', () => {
  it('returns names of properties, and members of the definition of a registration', () => {
    const definition = (members: object) => ({ Definition: JSON.stringify(members), FunctionArn: 'a' });
    expect(changedProperties({ a: 1, b: [1], c: 1 }, { a: 1, b: [2], d: 1 })).toEqual(['b', 'c', 'd']);
    expect(changedProperties(definition({ name: 'x', title: 'X' }), definition({ name: 'x', tags: ['y'] }))).toEqual([
      'title',
      'tags',
    ]);
    expect(changedProperties({ Definition: { a: 1 } }, { Definition: 'none' })).toEqual(['Definition']);
  });
});

it.each([
  [0.4, '0 ms'],
  [999, '999 ms'],
  [1250, '1.3 s'],
  [125_000, '2 min 5 s'],
])('%d ms is shown as %s', (milliseconds, text) => expect(duration(milliseconds)).toBe(text));
