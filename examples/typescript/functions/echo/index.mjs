/** The smallest tool: its event is the tool's arguments, and its return value is the tool's result. */
export const handler = async ({ message }) => message;
