/** No known key or token is shorter. Shorter values can be ordinary words, so they are not masked. */
export const MIN_KEY_LENGTH = 16;
export const MAX_KEY_LENGTH = 4_096;

export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Opsgenie does not document its key format. All known keys match this pattern. */
export const OPSGENIE_KEY = /^[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}$/i;

/** https://docs.datadoghq.com/account_management/personal-access-tokens/ */
export const ACCESS_TOKEN = /^dd[ps]at_/i;
export const APPLICATION_KEY = /^ddapp_/i;

/** Characters that a key of each kind never contains. */
const FOREIGN = { 'Opsgenie key': /[^\w-]/u, 'Datadog key': /[^\w-]/u, 'access token': /[^\w.~+/=-]/u };

/**
 * Checks a key's length and characters without showing the key.
 *
 * @returns the end of a sentence that begins with the input's name; undefined if no problem is found
 */
export function keyProblem(key: string, kind: keyof typeof FOREIGN): string | undefined {
  if (key.length < MIN_KEY_LENGTH) return `is too short: it has fewer than ${MIN_KEY_LENGTH} characters.`;
  if (key.length > MAX_KEY_LENGTH) return `is too long: it has more than ${MAX_KEY_LENGTH} characters.`;
  const [character] = FOREIGN[kind].exec(key) ?? [];
  if (character !== undefined) return `contains ${nameOf(character)}, which no ${kind} contains.`;
  // Without this check, dashes and underscores alone would pass.
  const isMostlySeparators = kind === 'Datadog key' && key.replace(/[^a-z\d]/gi, '').length < 8;
  return isMostlySeparators ? 'has fewer than eight letters and digits.' : undefined;
}

/** Names a character, using its code (`U+200B`) if the character may be invisible. */
export function nameOf(character: string): string {
  if (character === ' ') return 'a space';
  const code = character.codePointAt(0) ?? 0;
  return /[!-~]/.test(character) ? character : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
