/**
 * Reads an environment variable that the construct always sets.
 *
 * @throws if it is absent or empty
 */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`environment variable ${name} is not set: this function must be deployed by McpLambdaServer`);
  return value;
}

/** Reads an environment variable. Returns undefined if it is absent or empty. */
export function optionalEnv(name: string): string | undefined {
  return process.env[name] || undefined;
}

/** Reads a variable with a JSON value. Returns `fallback` if it is absent. */
export function jsonEnv<T>(name: string, fallback: T): T {
  const text = optionalEnv(name);
  if (text === undefined) return fallback;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`environment variable ${name} is not valid JSON`);
  }
}

/** Reads a variable with a numeric value. Returns `fallback` if it is absent. */
export function numberEnv(name: string, fallback: number): number {
  const text = optionalEnv(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`environment variable ${name} is not a number: ${text}`);
  return value;
}
