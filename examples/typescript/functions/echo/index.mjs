/** The smallest tool: its event is the tool's arguments, its answer becomes the tool's result. */
export const handler = async ({ message }) => message;
