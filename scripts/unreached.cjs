// Replaces the packages that no run of this action reaches (see scripts/build.ts). Code that imports these packages loads,
// but every use fails.
function unreached() {
  throw new Error('This package is not part of the action: see scripts/build.ts in its repository.');
}

class Octokit {
  static plugin = () => Octokit;
  static defaults = () => Octokit;

  constructor() {
    unreached();
  }
}

/** @actions/github creates a ProxyAgent on loading if a proxy is configured. */
class ProxyAgent {
  dispatch = unreached;
}

module.exports = { Octokit, ProxyAgent, fetch: unreached, paginateRest: unreached, restEndpointMethods: unreached };
