import { PNG } from './helpers.mjs';

/** Resources and a resource template. */
export const handler = async ({ uri, variables }) => {
  if (uri === 'test://static-binary') {
    return { contents: [{ uri, mimeType: 'image/png', blob: PNG }] };
  }
  if (uri === 'test://static-text') return 'This is the content of the static text resource.';
  if (uri === 'test://watched-resource') return 'Watched resource content.';
  return { id: variables.id, templateTest: true, data: `Data for ID: ${variables.id}` };
};
