// A minimal Markdown reader for the documentation tests: fenced blocks, headings, links and inline code.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block. */
export interface Block {
  readonly file: string;
  /** Line number of the opening fence, starting at 1. */
  readonly line: number;
  readonly language: string;
  /** Words after the language, such as `nofixture`. */
  readonly parameters: readonly string[];
  /** The HTML comment in the line above, which controls how the block is checked. */
  readonly marker?: string;
  /** The lines between the fences, without the fences' own indentation. */
  readonly text: string;
}

export interface Page {
  readonly file: string;
  readonly blocks: readonly Block[];
  /** The lines of the page, with those of fenced blocks replaced by empty lines. */
  readonly prose: readonly string[];
}

const FOLDERS = ['docs', 'examples', 'sar', 'scripts', '.github'];
const EXCLUDED = ['node_modules', 'cdk.out', 'dist', 'target', '.venv'];

/** Paths of all Markdown pages, including generated ones. */
export function pages(): readonly string[] {
  const isPage = (name: string) => name.endsWith('.md') || name === 'llms.txt';
  const below = (folder: string): string[] =>
    readdirSync(folder || '.', { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isFile()) return isPage(entry.name) ? [path] : [];
      const isIncluded = folder ? !EXCLUDED.includes(entry.name) : FOLDERS.includes(entry.name);
      return entry.isDirectory() && isIncluded ? below(path) : [];
    });
  return below('').sort();
}

const FENCE = /^(\s*)(`{3,}|~{3,})\s*([^\s`]*)\s*([^`]*)$/;
const COMMENT = /^\s*<!--\s*(.*?)\s*-->\s*$/;

export function readPage(file: string): Page {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { block: Omit<Block, 'text'>; indent: string; fence: string; lines: string[] } | undefined;
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    const [, indent = '', fence, language = '', rest = ''] = FENCE.exec(line) ?? [];
    if (open) {
      if (line.trim().startsWith(open.fence) && line.trim().replaceAll(open.fence[0], '') === '') {
        blocks.push({ ...open.block, text: open.lines.join('\n') });
        open = undefined;
      } else {
        open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart());
      }
      prose.push('');
    } else if (fence) {
      const parameters = rest.split(/\s+/).filter(Boolean);
      const marker = COMMENT.exec(prose.at(-1) ?? '')?.[1];
      open = { block: { file, line: index + 1, language, parameters, marker }, indent, fence, lines: [] };
      prose.push('');
    } else {
      prose.push(line);
    }
  }
  if (open) throw new Error(`${file}:${open.block.line}: unclosed fenced block`);
  return { file, blocks, prose };
}

/** The anchors of a page: those that GitHub derives from headings, and explicit HTML anchors. */
export function anchors({ prose }: Page): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Map<string, number>();
  for (const line of prose) {
    for (const [, name] of line.matchAll(/(?<=<a [^>]*)(?:name|id)="([^"]+)"/g)) found.add(name);
    const heading = /^\s{0,3}#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = heading
      .replace(/<[^>]*>/g, '')
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    found.add(times ? `${slug}-${times}` : slug);
  }
  return found;
}

/** A piece of text and its line number, starting at 1. */
export interface Mention {
  readonly line: number;
  readonly text: string;
}

const mentions = ({ prose }: Page, pattern: RegExp): Mention[] =>
  prose.flatMap((text, index) =>
    [...text.matchAll(pattern)].map((match) => ({ line: index + 1, text: match[1] ?? match[2] })),
  );

/** Targets of the page's links and images. */
export function links(page: Page): readonly Mention[] {
  return mentions(
    { ...page, prose: page.prose.map((line) => line.replace(/`[^`]*`/g, '``')) },
    /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|<(?:img|a)\s[^>]*(?:src|href)="([^"]+)"/g,
  );
}

/** Inline code in the page's prose. */
export function inlineCode(page: Page): readonly Mention[] {
  return mentions(page, /`([^`]+)`/g);
}
