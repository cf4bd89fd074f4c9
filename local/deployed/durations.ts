const UNITS: ReadonlyArray<readonly [unit: string, milliseconds: number]> = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

/** Formats a duration for people: `820 ms`, `12 s`, `5 m`, `3 h 20 m`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  const index = UNITS.findIndex(([, length]) => milliseconds >= length);
  const [unit, length] = UNITS[index]!;
  const next = UNITS[index + 1];
  const rest = next ? Math.floor((milliseconds % length) / next[1]) : 0;
  const first = `${Math.floor(milliseconds / length)} ${unit}`;
  return next && rest > 0 && unit !== 'm' ? `${first} ${rest} ${next[0]}` : first;
}

/** Parses a duration such as `90s`, `15m`, `2h` or `7d`, into milliseconds. Returns undefined for other text. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text.trim()) ?? [];
  const length = UNITS.find(([each]) => each === unit)?.[1];
  return number !== undefined && length !== undefined ? Number(number) * length : undefined;
}
