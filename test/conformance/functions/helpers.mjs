// Each function here handles several registrations. The client context has the name of the called one.
/** Creates a handler that dispatches by the name of the registration. */
export const byName = (handlers) => async (event, context) => handlers[context.clientContext.custom.mcpName](event);

/** A result with one text. */
export const text = (value) => ({ content: [{ type: 'text', text: value }] });

/** A red pixel as PNG. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
/** An empty WAV file. */
export const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA==';
