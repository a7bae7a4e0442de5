import { isObject, parseJson, render } from '../json.ts';

/**
 * Reads the errors in the body of an answer, whatever its shape. The shape does not follow from the status: seen are
 * `{"errors": ["…"]}`, `{"errors": [{"title", "detail", "source", …}]}`, `{"error": {…}}`, plain text, and web pages
 * from something between the runner and Datadog.
 *
 * @returns one text per error, unsanitized; empty if the body says nothing
 */
export function readErrors(body: string): string[] {
  const json = parseJson(body);
  const texts = json === undefined ? [describeText(body)] : errorsOf(json).map(describeError);
  return texts.filter((text) => text.trim() !== '');
}

/** Describes a body that is not JSON: a web page by its title, other text by itself. */
export function describeText(body: string): string {
  if (!/^\s*<(?:!doctype html|!--|html|head|body)/i.test(body)) return body;
  const title = /<title[^<>]*>([^<]*)/i.exec(body)?.[1]?.trim();
  return title ? `a web page titled "${title}"` : 'a web page without a title';
}

/** What a JSON body declares as its errors, whatever else it contains; undefined for none. */
export function namedErrors(json: unknown): unknown {
  const fields = isObject(json) ? [json.errors, json.error] : [];
  return fields.find((errors) => (Array.isArray(errors) ? errors.length > 0 : errors !== undefined && errors !== null));
}

function errorsOf(json: unknown): readonly unknown[] {
  // Without declared errors, an empty list of errors says nothing, and any other body is shown in full.
  const errors = namedErrors(json) ?? (isObject(json) ? (json.errors ?? json) : json);
  return Array.isArray(errors) ? errors : [errors];
}

/** Describes one error: a string by itself, an object by the fields of JSON:API (https://jsonapi.org/format/#error-objects). */
function describeError(error: unknown): string {
  if (typeof error === 'string') return error;
  if (isObject(error)) {
    const words = [error.title, error.detail ?? error.message].filter(isText);
    const place = describeSource(error.source);
    if (words.length > 0) return words.join(': ') + (place === '' ? '' : ` (${place})`);
  }
  return render(error);
}

function describeSource(source: unknown): string {
  if (!isObject(source)) return '';
  return ['pointer', 'parameter', 'header']
    .flatMap((name) => (isText(source[name]) ? `${name} ${source[name]}` : []))
    .join(', ');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
