// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::ForEach
import { describe, expect, it } from 'vitest';
import { expandLoops } from '../../../local/assembly/loops.js';

const topic = (name: unknown) => ({ Type: 'AWS::SNS::Topic', Properties: { TopicName: name } });

describe('Fn::ForEach', () => {
  it('is expanded in resources, properties and outputs', () => {
    const template = {
      Parameters: { Names: { Type: 'CommaDelimitedList', Default: 'one, two' } },
      Resources: {
        Other: topic('other'),
        'Fn::ForEach::Topics': [
          'Name',
          { Ref: 'Names' },
          { 'Topic${Name}': topic({ 'Fn::Sub': '${Name}-${AWS::Region}' }) },
        ],
        'Fn::ForEach::Hosts': ['Ip', ['10.0.0.1'], { 'Host&{Ip}': topic({ Ref: 'Ip' }) }],
      },
      Outputs: { 'Fn::ForEach::Outputs': ['Name', ['one'], { 'Out${Name}': { Value: { Ref: 'Topic${Name}' } } }] },
    };
    expect(expandLoops(template as never, {})).toMatchObject({
      Resources: {
        Other: topic('other'),
        Topicone: topic({ 'Fn::Sub': 'one-${AWS::Region}' }),
        Topictwo: topic({ 'Fn::Sub': 'two-${AWS::Region}' }),
        Host10001: topic('10.0.0.1'),
      },
      Outputs: { Outone: { Value: { Ref: 'Topicone' } } },
    });
    expect(Object.keys(expandLoops(template as never, { Names: 'three' }).Resources)).toContain('Topicthree');
  });

  it('may be nested', () => {
    const template = {
      Resources: {
        'Fn::ForEach::A': [
          'X',
          ['1', '2'],
          { 'Fn::ForEach::B': ['Y', ['a', 'b'], { 'T${X}${Y}': topic('${X}${Y}') }] },
        ],
      },
    };
    expect(Object.keys(expandLoops(template as never, {}).Resources)).toEqual(['T1a', 'T1b', 'T2a', 'T2b']);
  });
});
