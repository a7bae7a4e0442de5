import { getDefaultAutoSelectFamilyAttemptTimeout, setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';

/** Settings of the whole process. Called once, before the first request. What the user has set stays, except for TLS. */
export function prepareProcess(): void {
  // Keys never travel over a connection whose other end is not verified, whatever the environment says.
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  // With proxy credentials, the client's tunnel calls the deprecated Buffer(); users cannot act on that warning.
  // Under --no-deprecation, this is true and cannot be assigned.
  if (!process.noDeprecation) process.noDeprecation = true;
  // With Node's default, an address that cannot be reached would leave the others too little time on a slow connection.
  if (getDefaultAutoSelectFamilyAttemptTimeout() === 250) setDefaultAutoSelectFamilyAttemptTimeout(2_000);
}
