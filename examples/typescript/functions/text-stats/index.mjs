/** JSON that a function returns becomes the structured result. Here it must also match the tool's output schema. */
export const handler = async ({ text }) => ({
  characters: [...text].length,
  words: text.split(/\s+/).filter(Boolean).length,
  lines: text.split('\n').length,
});
