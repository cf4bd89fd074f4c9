// Updates the blocks of Markdown files marked `<!-- python of the snippet above -->` with translations by jsii-rosetta.
import { readFileSync, writeFileSync } from 'node:fs';
import { readPage } from './markdown.mjs';
import { snippetOf, translate } from './snippets.mjs';
import { translationsIn } from './translations.mjs';

for (const file of process.argv.slice(2)) {
  const lines = readFileSync(file, 'utf8').split('\n');
  const translations = translationsIn(readPage(file).blocks);
  const results = translate(translations.map(({ source }) => snippetOf(source)));
  for (const [index, { block, language }] of [...translations.entries()].reverse()) {
    const { problems, translations: texts } = results[index];
    if (problems.length) throw new Error(problems.join('\n'));
    lines.splice(block.line, block.text ? block.text.split('\n').length : 0, ...texts[language].trim().split('\n'));
  }
  writeFileSync(file, lines.join('\n'));
  console.log(`${file}: ${translations.length} translations`);
}
