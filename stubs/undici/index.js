// Takes the place of the package undici in dist/ (package.json, "overrides"), which would make up 85 % of it.
//
// No code that this action can reach uses undici:
// - @actions/http-client needs it for getAgentDispatcher only; requests go through node:https, proxies through `tunnel`.
// - @actions/core reaches it through its OIDC client, which is never called.
// - @actions/github makes a ProxyAgent when it is imported with a proxy set, for an Octokit that is never called.
// So a ProxyAgent can be made, but not used, and fetch fails.

export class ProxyAgent {
  dispatch() {
    throw notIncluded();
  }
}

export function fetch() {
  return Promise.reject(notIncluded());
}

function notIncluded() {
  return new Error('undici is not part of this action: see stubs/undici/index.js');
}
