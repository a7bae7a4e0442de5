import { existsSync } from 'node:fs';
import { isObject } from './json.ts';

/** What started this run. */
export interface Origin {
  /** Name of the event, such as `workflow_dispatch`. */
  readonly event: string;
  /** Login of the user or app. */
  readonly actor: string;
  /** Why GitHub kept secrets from this run, in a sentence; undefined where it did not. */
  readonly secretsWithheld: string | undefined;
}

/**
 * Reads what started this run from @actions/github. That is imported only here and now: it is larger than all the
 * rest, and it throws at import where the event file is no JSON.
 *
 * @returns undefined where it cannot be read; never rejects, for an update must not fail because of it
 */
export async function loadOrigin(warn: (text: string) => void): Promise<Origin | undefined> {
  const eventFile = process.env.GITHUB_EVENT_PATH;
  try {
    if (eventFile && !existsSync(eventFile)) throw new Error('no event file');
    const { context } = await import('@actions/github');
    const { eventName: event, actor } = context;
    if (!event || !actor) return undefined;
    return { event, actor, secretsWithheld: secretsWithheld(event, actor, context.payload) };
  } catch {
    warn('What started this run is not known: the file in GITHUB_EVENT_PATH is missing or no JSON.');
    return undefined;
  }
}

/** https://docs.github.com/actions/reference/security/secure-use, "Workflows triggered by forks" and "Dependabot". */
function secretsWithheld(event: string, actor: string, payload: unknown): string | undefined {
  if (actor === 'dependabot[bot]') return 'Runs that Dependabot starts get only the secrets made for Dependabot.';
  const pull = isObject(payload) && event !== 'pull_request_target' ? payload.pull_request : undefined;
  if (!isObject(pull) || repository(pull.head) === repository(pull.base)) return undefined;
  return 'Pull requests from a fork get no secrets.';
}

/** Full name of the repository that one side of a pull request is in; undefined once it is deleted. */
function repository(side: unknown): unknown {
  const repo = isObject(side) ? side.repo : undefined;
  return isObject(repo) ? repo.full_name : undefined;
}
