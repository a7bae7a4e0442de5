/** Ways to write a secret; the runner's masks know few of them. */
export const ENCODINGS: { readonly [name: string]: (secret: string) => string } = {
  raw: (secret) => secret,
  'upper case': (secret) => secret.toUpperCase(),
  base64: (secret) => Buffer.from(secret).toString('base64'),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
  hex: (secret) => Buffer.from(secret).toString('hex'),
  URL: (secret) => Buffer.from(secret).toString('hex').replace(/../g, '%$&'),
  JSON: (secret) => Buffer.from(secret).toString('hex').replace(/../g, '\\u00$&'),
  'without dashes': (secret) => secret.replaceAll('-', ''),
};
