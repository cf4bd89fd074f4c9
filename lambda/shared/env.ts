/** The value of an environment variable that the construct always sets. */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set: this handler runs under McpLambdaServer only`);
  return value;
}

/** The value of an environment variable, undefined where it is absent or empty. */
export function optionalEnv(name: string): string | undefined {
  return process.env[name] || undefined;
}

/** A variable that holds JSON, or `fallback` where it is absent. */
export function jsonEnv<T>(name: string, fallback: T): T {
  const text = optionalEnv(name);
  if (text === undefined) return fallback;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`environment variable ${name} is not JSON`);
  }
}

/** A variable that holds a number, or `fallback` where it is absent. */
export function numberEnv(name: string, fallback: number): number {
  const text = optionalEnv(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`environment variable ${name} is not a number: ${text}`);
  return value;
}
