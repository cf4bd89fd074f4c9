// One function here stands behind several registrations: what was called is in the client context, whatever its event.
/** Makes a handler of what to do for each name, given the event. */
export const byName = (handlers) => async (event, context) => handlers[context.clientContext.custom.mcpName](event);

/** The one thing to say. */
export const text = (value) => ({ content: [{ type: 'text', text: value }] });

/** A red pixel. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
/** No sound at all. */
export const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA==';
