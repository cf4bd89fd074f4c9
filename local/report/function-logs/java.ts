/** What the Java runtime client logs of an error: message and type, then the stack, which starts with both again. */
const LOGGED_ERROR = /^[\s\S]*?: ([\w.$]+)\n(\1(?:: |\n)[\s\S]*)$/;
/** What `java.util.logging` writes above each message: `Nov 27, 2026 12:10:23 AM Orders handleRequest`. */
const LOGGER_HEADING = /^[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d [AP]M [\w.$]+ [\w$<>]+$/;
const LOGGER_MESSAGE = /^(SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): ([\s\S]*)$/;
/** Lines of stacks in reflection and in the runtime client. */
const FOREIGN_FRAME =
  /^\s+at (?:java\.base\/(?:jdk\.internal\.reflect|java\.lang\.reflect)\.|lambdainternal\.|com\.amazonaws\.services\.lambda\.runtime\.api\.client\.)/;

/** Returns an error that the Java runtime client logs as Java itself prints it; undefined for other text. */
export function javaError(text: string): string | undefined {
  return LOGGED_ERROR.exec(text)?.[2]?.trimEnd();
}

/** Returns level and text of a message of `java.util.logging`. */
export function javaMessage(text: string): { level: string; message: string } | undefined {
  const [, level, message] = LOGGER_MESSAGE.exec(text) ?? [];
  return level === undefined ? undefined : { level, message: message! };
}

/** Returns whether a line is the heading of a message of `java.util.logging`. */
export function isJavaHeading(text: string): boolean {
  return LOGGER_HEADING.test(text);
}

/** Returns whether a line of a stack is code of the runtime. */
export function isForeignJavaFrame(line: string): boolean {
  return FOREIGN_FRAME.test(line);
}
