import { getDefaultAutoSelectFamilyAttemptTimeout, setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';

/** Time for each of a host's addresses, in milliseconds. With less, slow connections fail if one address is unreachable. */
const ADDRESS_TIMEOUT = 2_000;

/** Prepares the process for its requests. Called once, before the first request. */
export function prepareProcess(): void {
  // Keys are never sent to a server whose certificate is not verified, whatever the environment says.
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  // With proxy credentials, the client's tunnel calls the deprecated Buffer(); users cannot act on that warning.
  // Under --no-deprecation, the property is already true and read-only.
  if (!process.noDeprecation) process.noDeprecation = true;
  if (getDefaultAutoSelectFamilyAttemptTimeout() < ADDRESS_TIMEOUT) {
    setDefaultAutoSelectFamilyAttemptTimeout(ADDRESS_TIMEOUT);
  }
}
