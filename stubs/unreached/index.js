// Takes the place of packages that this action cannot reach (package.json, "overrides"): with them, dist/ would be eight
// times as large, and a run half as long again. What the importing code needs at import works; every use fails.
//
// | package | imported by | for |
// | --- | --- | --- |
// | undici | @actions/http-client | getAgentDispatcher, which is called for @actions/github's Octokit only |
// | undici | @actions/github | the fetch of its Octokit |
// | @octokit/* | @actions/github | its Octokit; of the package, this action uses `context` |
// | @actions/exec | @actions/core | `platform`, which tells the version of the system |

function unreached() {
  throw new Error('not part of this action: see stubs/unreached/index.js');
}

/** undici: made by @actions/github when it is imported while a proxy is set. */
export class ProxyAgent {
  dispatch() {
    unreached();
  }
}

/** undici. */
export async function fetch() {
  unreached();
}

/** @octokit/core: extended by @actions/github when it is imported. */
export class Octokit {
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

/** @octokit/plugin-rest-endpoint-methods, @octokit/plugin-paginate-rest. */
export { unreached as paginateRest, unreached as restEndpointMethods };

/** @actions/exec. */
export async function getExecOutput() {
  unreached();
}
