const BOOKS = ['dune', 'emma', 'ulysses'];

/** The handler of a listable resource template: lists one book per page and returns each as binary data. */
export const books = async (event) => {
  if (event.method === 'resources/list') {
    const n = Number(event.params.cursor ?? 0);
    const resources = [{ uri: `books://${BOOKS[n]}`, name: BOOKS[n], title: `The book ${BOOKS[n]}` }];
    return { resources, ...(n + 1 < BOOKS.length ? { nextCursor: String(n + 1) } : {}) };
  }
  const body = Buffer.from(`%PDF ${event.variables.title}`).toString('base64');
  return { statusCode: 200, headers: { 'Content-Type': 'application/pdf' }, body, isBase64Encoded: true };
};

/** Returns the value it is given. */
export const give = async ({ value }) => value;
