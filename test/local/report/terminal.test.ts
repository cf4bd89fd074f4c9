import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Terminal } from '../../../local/report/terminal.js';
import { hasColours, indented, lines, paintFor, render, styled } from '../../../local/report/text.js';

describe('colours', () => {
  it.each<[string, NodeJS.ProcessEnv, boolean, boolean]>([
    ['on a terminal', {}, true, true],
    ['elsewhere', {}, false, false],
    ['with NO_COLOR', { NO_COLOR: '1' }, true, false],
    ['with an empty NO_COLOR', { NO_COLOR: '' }, true, true],
    ['with FORCE_COLOR', { FORCE_COLOR: '1' }, false, true],
    ['with FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false],
    ['with both', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
    ['on a terminal without features', { TERM: 'dumb' }, true, false],
  ])('%s', (_, env, isTTY, expected) => expect(hasColours({ isTTY }, env)).toBe(expected));

  it('are only in spans with a style; text keeps none of its own', () => {
    const paint = paintFor({ isTTY: true }, {});
    const text = ['\x1b[31ma\x1b[0m', styled('red', 'b\x1b[2J\nc')];
    expect(render(text, paint)).toBe('a\x1b[31mb\\x1b[2J\x1b[39m\n\x1b[31mc\x1b[39m');
    expect(render(text)).toBe('ab\\x1b[2J\nc');
  });
});

it('lines can be indented and joined', () => {
  expect(render(lines([['a'], [], indented(['b\nc', styled('dim', '\nd')], 2)]))).toBe('a\n\nb\n  c\n  d');
});

describe('Terminal', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function start(isTTY: boolean, columns = 40) {
    const written: string[] = [];
    const terminal = new Terminal({ isTTY, columns, write: (text) => written.push(text) }, { NO_COLOR: '1' });
    return { terminal, written, take: () => written.splice(0).join('') };
  }

  it('shows a slow step in a status line, which moves, makes way for text, and disappears', () => {
    const { terminal, take } = start(true);
    const finished = terminal.step("running the app's command");
    vi.advanceTimersByTime(400);
    expect(take()).toBe('');
    vi.advanceTimersByTime(200);
    expect(take()).toContain("\r\x1b[2K⠋ running the app's command 0 s");
    vi.advanceTimersByTime(2000);
    expect(take()).toContain("⠙ running the app's command 2 s");
    terminal.print(['output']);
    expect(take()).toBe("\r\x1b[2Koutput\n\r\x1b[2K⠹ running the app's command 2 s");
    finished();
    expect(take()).toBe('\r\x1b[2K');
    terminal.print(['more']);
    vi.advanceTimersByTime(2000);
    expect(take()).toBe('more\n');
  });

  it('keeps the status line shorter than the terminal', () => {
    const { terminal, take } = start(true, 20);
    terminal.step("running the app's command");
    vi.advanceTimersByTime(700);
    expect(take().replaceAll('\r\x1b[2K', '|').split('|').at(-1)).toHaveLength(19);
  });

  it('prints plain lines with the elapsed seconds elsewhere', () => {
    const { terminal, take } = start(false);
    const finished = terminal.step('deploying Orders');
    vi.advanceTimersByTime(9000);
    expect(take()).toBe('');
    vi.advanceTimersByTime(11_000);
    expect(take()).toBe('· still deploying Orders (10 s)\n· still deploying Orders (20 s)\n');
    finished();
    vi.advanceTimersByTime(20_000);
    expect(take()).toBe('');
  });
});
