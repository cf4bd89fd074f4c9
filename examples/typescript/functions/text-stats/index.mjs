/** Any JSON a function returns is the structured result; here it also has to satisfy the tool's output schema. */
export const handler = async ({ text }) => ({
  characters: [...text].length,
  words: text.split(/\s+/).filter(Boolean).length,
  lines: text.split('\n').length,
});
