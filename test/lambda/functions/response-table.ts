/** The table of docs/reference/function-responses.md, row by row, with samples of each row. */
import { HTTP_ROWS } from './response-rows/http.js';
import { MCP_ROWS } from './response-rows/mcp.js';
import type { Row } from './response-rows/samples.js';
import { VALUE_ROWS } from './response-rows/values.js';

export { FORM_TABLE } from './response-rows/forms.js';

export const RESPONSE_TABLE: readonly Row[] = [...HTTP_ROWS, ...MCP_ROWS, ...VALUE_ROWS];
