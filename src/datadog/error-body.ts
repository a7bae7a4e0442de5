import { isObject, parseJson, show } from '../json.ts';

/**
 * Reads the error texts out of the body of an answer, whatever its shape. The shape does not follow from the status:
 * seen are `{"errors": ["…"]}`, `{"errors": [{"title", "detail", "source", …}]}`, `{"error": {…}}`, plain text, and
 * web pages from something between the runner and Datadog.
 *
 * @returns one text per error, as the server wrote them: not yet safe to print. Empty where the body says nothing.
 */
export function readErrors(body: string): string[] {
  const json = parseJson(body);
  const texts = json === undefined ? [describeText(body)] : errorsOf(json).map(describeError);
  return texts.filter((text) => text.trim() !== '');
}

/** Says what an answer holds that is no JSON: the title of a web page, or the text itself. */
export function describeText(body: string): string {
  if (!/^\s*<(?:!doctype html|!--|html|head|body)/i.test(body)) return body;
  const title = /<title[^<>]*>([^<]*)/i.exec(body)?.[1]?.trim();
  return title ? `a web page titled "${title}"` : 'a web page without a title';
}

/** What an answer of JSON names as its errors, whatever else it holds; undefined for none. */
export function namedErrors(json: unknown): unknown {
  const fields = isObject(json) ? [json.errors, json.error] : [];
  return fields.find((errors) => (Array.isArray(errors) ? errors.length > 0 : errors !== undefined && errors !== null));
}

function errorsOf(json: unknown): readonly unknown[] {
  // Where nothing is named, an empty list of errors says nothing; any other answer is shown as it is.
  const errors = namedErrors(json) ?? (isObject(json) ? (json.errors ?? json) : json);
  return Array.isArray(errors) ? errors : [errors];
}

/** One error: a string as it is, an object by the fields of JSON:API (https://jsonapi.org/format/#error-objects). */
function describeError(error: unknown): string {
  if (typeof error === 'string') return error;
  if (isObject(error)) {
    const words = [error.title, error.detail ?? error.message].filter(isText);
    const place = describeSource(error.source);
    if (words.length > 0) return words.join(': ') + (place === '' ? '' : ` (${place})`);
  }
  return show(error);
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
