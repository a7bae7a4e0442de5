/** No key or token is known to be longer. */
export const MAX_KEY_LENGTH = 4_096;

/** Words that stand for a key. What has digits can contain one. */
const PLACEHOLDER =
  /^[[(<]?(?:undefined|null|none|nil|n\/a|todo|tbd|change-?me|replace-?me|redacted|hidden|placeholder|true|false|your[-_ ][-_ a-z]*|[*x._-]+)[\])>]?$|^<[-_ a-z]*>$/i;

const NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$|^(?:\w+_)?(?:api|app|access)_(?:key|token)$/;

/** Values that cannot be a key of any service, and what they look like. The first match counts. */
const NOT_A_KEY: readonly (readonly [RegExp, string])[] = [
  [/^(?:\{\s*["'}]|\[\s*["'{\]])/, 'JSON. Pass the value of one field.'],
  [/^(?:geniekey|bearer|basic)\s|authorization\s*:/i, 'an Authorization header. Pass only the key in it.'],
  [
    /:\/\/|::|^arn:|^[$%@!#~]|[$#]\{|\{\{|<%|^<path:|^EJ\[|^(?:secrets|env|vars?|inputs|steps|needs|github|parameters|data|local)[.[/]|^\w+:\S*[/#]|:latest$|^\/[\w-]+\//i,
    'a URL, or a reference that was not resolved. Pass the key itself.',
  ],
  [/^["'`“”‘’„«»]|["'`“”‘’„«»]$/, 'a key in quotation marks. Pass it without them.'],
  [PLACEHOLDER, 'a placeholder. Pass the key.'],
  [NAME, 'the name of a variable or secret. Pass its value.'],
  [/^[\w.-]+\s*[=:]\s*[^\s=]/, 'a name with a value. Pass only the value.'],
  [/[ \t\r\n,;|<>]/, 'several values, or a key with something around it. Pass only the key.'],
];

// Forms of values that only Datadog uses.
export const API_KEY = /^[0-9a-f]{32}$/i;
export const APPLICATION_KEY = /^ddapp_/i;
/** https://docs.datadoghq.com/account_management/personal-access-tokens/ */
export const ACCESS_TOKEN = /^dd[ps]at_/i;
export const CLIENT_TOKEN = /^pub[0-9a-f]{32}$/i;

const DATADOG_FORMS: readonly (readonly [RegExp, string])[] = [
  [API_KEY, 'a Datadog API key (32 hex digits)'],
  [APPLICATION_KEY, 'a Datadog application key (ddapp_…)'],
  [ACCESS_TOKEN, 'a Datadog access token (ddpat_… or ddsat_…)'],
  [CLIENT_TOKEN, 'a Datadog client token (pub…)'],
];

/** The form of an Opsgenie key: 8-4-4-4-12 letters and digits. */
export const OPSGENIE_KEY = /^[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}$/i;

/**
 * Why a value cannot be a key or token of any service, as the end of a sentence that begins with a name; undefined if it
 * can. The value itself is never shown.
 */
export function keyProblem(value: string): string | undefined {
  const form = NOT_A_KEY.find(([pattern]) => pattern.test(value));
  if (form !== undefined) return `looks like ${form[1]}`;
  if (value.length > MAX_KEY_LENGTH) return `is too long: it has ${value.length} characters.`;
  return strangeCharacter(value);
}

/** Whether a value only stands for a key, and so is no secret. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || NAME.test(value);
}

/** The form of a value that only Datadog uses; undefined for any other value. */
export function datadogForm(value: string): string | undefined {
  return DATADOG_FORMS.find(([pattern]) => pattern.test(value))?.[1];
}

/** Names the first character that is not printable ASCII, as the end of a sentence; undefined if there is none. */
export function strangeCharacter(value: string): string | undefined {
  const [character] = /[^\x20-\x7e]/u.exec(value) ?? [];
  if (character === undefined) return undefined;
  if (/[\r\n]/.test(character)) return 'contains a line break.';
  const code = character.codePointAt(0) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return `contains ${/\p{C}|\s/u.test(character) ? 'the invisible character' : 'the character'} ${name}. Remove or replace it.`;
}
