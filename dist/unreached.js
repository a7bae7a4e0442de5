// Replaces packages in dist/ that no run of this action can reach: see scripts/build.ts. What the importing
// code needs while it is loaded works; every use fails.
function unreached() {
  throw new Error('This package is not part of the action: see scripts/build.ts in its repository.');
}

class Octokit {
  static plugin() {
    return Octokit;
  }

  static defaults() {
    return Octokit;
  }

  constructor() {
    unreached();
  }
}

/** @actions/github creates one while it is loaded, if a proxy is configured. */
class ProxyAgent {
  dispatch() {
    unreached();
  }
}

module.exports = {
  Octokit,
  ProxyAgent,
  fetch: unreached,
  paginateRest: unreached,
  restEndpointMethods: unreached,
};
