/** One resource: a string becomes its text. */
export const handler = async () => '# Terms\n\nReturns within 30 days.';
