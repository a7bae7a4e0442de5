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
