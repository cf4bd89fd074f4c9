// Blocks that are jsii-rosetta translations of the TypeScript snippet above them.
import type { Block } from './markdown.mjs';
import { isTypeScript, type Language } from './snippets.mjs';

export interface Translation {
  readonly block: Block;
  readonly source: Block;
  readonly language: Language;
}

/** Finds the blocks marked `<!-- python of the snippet above -->` and their TypeScript sources. */
export function translationsIn(blocks: readonly Block[]): readonly Translation[] {
  return blocks.flatMap((block, index) => {
    const language = /^(python|java|csharp|go) of the snippet above$/.exec(block.marker ?? '')?.[1];
    if (!language) return [];
    const source = blocks.slice(0, index).findLast(isTypeScript);
    if (!source) throw new Error(`${block.file}:${block.line}: no TypeScript snippet above this block`);
    return [{ block, source, language: language as Language }];
  });
}
