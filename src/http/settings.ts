import { getDefaultAutoSelectFamilyAttemptTimeout, setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';

/** Time for each address of a host, in milliseconds. With less, slow connections fail if one address is unreachable. */
const ADDRESS_TIMEOUT = 2_000;

/** Prepares the process for its requests. Called once, before the first one. */
export function prepareProcess(): void {
  // Keys never travel over a connection whose other end is not verified, whatever the environment says.
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  // With proxy credentials, the client's tunnel calls the deprecated Buffer(); users cannot act on that warning.
  // Under --no-deprecation, this is true and cannot be assigned.
  if (!process.noDeprecation) process.noDeprecation = true;
  if (getDefaultAutoSelectFamilyAttemptTimeout() < ADDRESS_TIMEOUT) {
    setDefaultAutoSelectFamilyAttemptTimeout(ADDRESS_TIMEOUT);
  }
}
