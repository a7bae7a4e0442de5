import type { Details } from '../failure.ts';
import { parseJson } from '../parse.ts';
import type { Response } from './request.ts';

/** The body of a response as JSON; undefined if it cannot be read as that. */
export function readJson({ body, isComplete }: Response): unknown {
  return isComplete ? parseJson(body) : undefined;
}

/** What a body says that is not JSON; undefined if it is empty. */
export function quoteBody(response: Response): Details | undefined {
  const text = describeBody(response);
  return text === '' ? undefined : { label: 'Response body', texts: [text] };
}

/** Describes a body that is not JSON: a web page by its title, other text unchanged. Unsanitized. */
export function describeBody(response: Response): string {
  const { body } = response;
  const coding = codingOf(response);
  if (coding !== undefined) return `compressed (${coding}), although no compression was requested`;
  if (body.includes('\ufffd')) return 'binary data';
  if (!/^\s*<(?:!doctype html|!--|html|head|body)/i.test(body)) return body.trim();
  const title = /<title[^<>]*>([^<]*)/i.exec(body)?.[1]?.trim();
  return title ? `a web page titled "${title}"` : 'a web page without a title';
}

/** How a body is compressed; undefined if it is not. */
export function codingOf({ headers }: Response): string | undefined {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  return coding === '' || coding === 'identity' ? undefined : coding;
}

/**
 * Whether a body with broken JSON may have been cut off without an error: it ended only when the connection closed, and has
 * nothing behind a complete object.
 */
export function mayBeCutOff({ headers, body }: Response): boolean {
  const isOpenEnded = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
  return isOpenEnded && /^\s*\{/.test(body) && parseJson(body.slice(0, body.lastIndexOf('}') + 1)) === undefined;
}
