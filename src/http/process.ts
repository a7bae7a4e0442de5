/** Settings of the whole process. Called once, before the first request. */
export function prepareProcess(): void {
  // Keys never travel over a connection whose other end is not verified, whatever the environment says.
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  // With proxy credentials, the client's tunnel calls the deprecated Buffer(); users cannot act on that warning.
  process.noDeprecation = true;
}
