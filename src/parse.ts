import { inspect } from 'node:util';

/** Parses JSON; undefined if the text is not valid JSON (JSON itself cannot express undefined). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value is a JSON object: not null, not an array. */
export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Renders any value on one line. Strings are never cut: half a key would not be recognized and redacted. */
export function render(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, maxStringLength: null });
}

/** Parses a URL; null if it is not valid. (`URL.parse` does not exist on Node 20, where this action only reports that.) */
export function parseUrl(text: string, base?: string): URL | null {
  return URL.canParse(text, base) ? new URL(text, base) : null;
}
