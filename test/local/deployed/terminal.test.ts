import { expect, test } from 'vitest';
import { Terminal } from '../../../local/deployed/terminal.js';

/** A stream that records what is written. */
function stream(isTTY: boolean, columns = 40) {
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  return { written, stream: { isTTY, columns, write } as unknown as NodeJS.WriteStream };
}

const ESC = '\u001b';

test('uses colours on a terminal only, and not with NO_COLOR', () => {
  const line = (isTTY: boolean, environment: NodeJS.ProcessEnv) => {
    const { written, stream: out } = stream(isTTY);
    new Terminal(false, out, out, environment).line({ text: 'orders', style: 'bold' });
    return written.join('');
  };
  expect(line(true, {})).toBe(`${ESC}[1morders${ESC}[22m\n`);
  expect(line(false, {})).toBe('orders\n');
  expect(line(true, { NO_COLOR: '1' })).toBe('orders\n');
  expect(line(true, { TERM: 'dumb' })).toBe('orders\n');
});

test('aligns tables, and shortens the last column on a terminal', () => {
  const table = (isTTY: boolean) => {
    const { written, stream: out } = stream(isTTY, 30);
    new Terminal(false, out, out, { NO_COLOR: '1' }).table(
      ['NAME', 'DESCRIPTION'],
      [
        ['lookup', 'Status, items and total of an order'],
        ['a', 'short'],
      ],
    );
    return written.join('');
  };
  expect(table(true)).toBe('NAME    DESCRIPTION\nlookup  Status, items and tot…\na       short\n');
  expect(table(false)).toContain('lookup  Status, items and total of an order\n');
});

test('aligns wide characters, emoji and combining marks by the columns that they take', () => {
  const table = (isTTY: boolean) => {
    const { written, stream: out } = stream(isTTY, 30);
    new Terminal(false, out, out, { NO_COLOR: '1' }).table(
      ['NAME', 'DESCRIPTION'],
      [
        ['在庫', '注文番号から在庫と配送状況を調べます'],
        ['🎉👩‍👩‍👧', 'celebrate'],
        ['cafe\u0301', 'ｶﾀｶﾅ'],
      ],
    );
    return written.join('');
  };
  expect(table(false)).toBe(
    'NAME  DESCRIPTION\n在庫  注文番号から在庫と配送状況を調べます\n🎉👩‍👩‍👧  celebrate\ncafe\u0301  ｶﾀｶﾅ\n',
  );
  expect(table(true)).toContain('在庫  注文番号から在庫と配送…\n');
});

test('escapes control characters of servers on a terminal, and passes results to pipes unchanged', () => {
  const result = (isTTY: boolean) => {
    const { written, stream: out } = stream(isTTY);
    new Terminal(false, out, out, {}).text('a\u0007b');
    return written.join('');
  };
  expect(result(true)).toBe('a\\x07b\n');
  expect(result(false)).toBe('a\u0007b\n');
});

test('shows progress on a terminal only, and removes it before output', () => {
  const run = (isTTY: boolean, json: boolean) => {
    const [out, err] = [stream(false), stream(isTTY)];
    const terminal = new Terminal(json, out.stream, err.stream, {});
    terminal.progress('listing tools');
    terminal.line('echo');
    return err.written.join('');
  };
  expect(run(true, false)).toBe(`\r${ESC}[2K⠋ listing tools\r${ESC}[2K`);
  expect(run(false, false)).toBe('');
  expect(run(true, true)).toBe('');
});
