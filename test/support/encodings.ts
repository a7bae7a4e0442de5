/** Forms in which a server may echo a secret. The runner masks few of them. */
export const ENCODINGS: { readonly [name: string]: (secret: string) => string } = {
  'as it is': (secret) => secret,
  'in upper case': (secret) => secret.toUpperCase(),
  'in base64': (secret) => Buffer.from(secret).toString('base64'),
  'in base64url': (secret) => Buffer.from(secret).toString('base64url'),
  'in hex': (secret) => Buffer.from(secret).toString('hex'),
  'with URL escapes': (secret) => Buffer.from(secret).toString('hex').replace(/../g, '%$&'),
  'without dashes': (secret) => secret.replaceAll('-', ''),
};
