import { inspect } from 'node:util';

export type JsonObject = { readonly [key: string]: unknown };

/** Parses JSON from outside; undefined where the text is no JSON (which JSON itself cannot express). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value is a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Shows any value from outside, in full: where a text is cut, a key in it could lose its end and not be recognised. */
export function show(value: unknown): string {
  return inspect(value, { maxStringLength: null });
}
