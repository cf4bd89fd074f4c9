import { describe, expect, test } from 'vitest';
import { contentForRevision } from '../../../lambda/mcp/result-delivery.js';

const audio = { type: 'audio', data: Buffer.from('wave').toString('base64'), mimeType: 'audio/wav' } as const;
const link = {
  type: 'resource_link',
  uri: 'docs://1',
  name: 'one',
  title: 'The first',
  description: 'What to read.',
  mimeType: 'text/plain',
  annotations: { priority: 1 },
  _meta: { 'x/y': 1 },
} as const;
const icons = [{ src: 'https://x.example/i.png' }];

describe('contentForRevision', () => {
  test.each([
    ['2024-11-05', { type: 'text', text: '[audio, audio/wav, 4 bytes: requires protocol revision 2025-03-26]' }],
    ['2025-03-26', audio],
    ['2026-07-28', audio],
  ])('returns audio, or text before its first revision: %s', (revision, expected) => {
    expect(contentForRevision(audio, revision)).toEqual(expected);
  });

  test.each([
    [
      '2024-11-05',
      {
        type: 'text',
        text: 'The first (text/plain): docs://1\nWhat to read.',
        annotations: { priority: 1 },
        _meta: { 'x/y': 1 },
      },
    ],
    [
      '2025-03-26',
      {
        type: 'text',
        text: 'The first (text/plain): docs://1\nWhat to read.',
        annotations: { priority: 1 },
        _meta: { 'x/y': 1 },
      },
    ],
    ['2025-06-18', link],
  ])('returns a link, or text before its first revision: %s', (revision, expected) => {
    expect(contentForRevision(link, revision)).toEqual(expected);
  });

  test('returns a link that has only a name as text', () => {
    const { type, uri, name } = link;
    expect(contentForRevision({ type, uri, name }, '2024-11-05')).toEqual({ type: 'text', text: 'one: docs://1' });
  });

  test.each([
    { type: 'text', text: 'a', annotations: { audience: ['user'] } },
    { type: 'image', data: 'eA==', mimeType: 'image/png' },
    { type: 'resource', resource: { uri: 'docs://1', text: 'a' }, icons },
  ] as const)('returns $type unchanged for every revision', (item) => {
    expect(contentForRevision(item as never, '2024-11-05')).toBe(item);
  });
});
