/** Lines that name an error: Maven's, the CDK's in Node.js, and `SomeError: …`, `error TS2322: …` of everybody. */
const NAMES_ERROR =
  /^\[ERROR\] (?!COMPILATION ERROR)|^«\w+» |(?:Error|Exception)$|(?:[Ee]rror|ERROR|Exception)(?: \[?\w+\]?)?:/;

/**
 * What a program says that it failed of, undefined when no line names it: the first error, but the last one in Python, which ends a
 * traceback with what was raised at last.
 * @param lines its output, without blank lines and control characters
 */
export function reasonIn(lines: readonly string[]): string | undefined {
  const isError = (line: string) => NAMES_ERROR.test(line.trim());
  const at = lines.includes('Traceback (most recent call last):')
    ? lines.findLastIndex(isError)
    : lines.findIndex(isError);
  if (at < 0) return undefined;
  const line = lines[at].trim();
  const next = line.endsWith(':') ? lines[at + 1]?.trim() : undefined;
  return next === undefined ? line : `${line} ${next}`;
}
