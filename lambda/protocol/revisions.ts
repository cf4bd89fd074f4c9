/** First revision with audio content. */
export const AUDIO_REVISION = '2025-03-26';
/** First revision whose progress notifications have a message. */
export const PROGRESS_MESSAGE_REVISION = '2025-03-26';
/** First revision with `structuredContent`, `outputSchema`, resource links and the `MCP-Protocol-Version` header. */
export const STRUCTURED_CONTENT_REVISION = '2025-06-18';
/** First revision without sessions: each request carries everything that the server needs. */
export const MODERN_REVISION = '2026-07-28';

/** Whether a revision has no sessions. The MCP SDK calls the others legacy. */
export function isModern(revision: string): boolean {
  return revision >= MODERN_REVISION;
}
