/** First revision without sessions: each request carries everything that the server needs. */
export const MODERN_REVISION = '2026-07-28';
/** First revision with `structuredContent`, `outputSchema` and the `MCP-Protocol-Version` header. */
export const STRUCTURED_CONTENT_REVISION = '2025-06-18';

/** Whether a revision has no sessions; the MCP SDK calls the others legacy. */
export function isModern(revision: string): boolean {
  return revision >= MODERN_REVISION;
}
