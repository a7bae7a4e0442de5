import { describe, expect, test } from 'vitest';
import { explainWithheldSecrets, exposedKeys } from '../../../src/github/trigger.ts';

describe('exposedKeys', () => {
  const keys = [
    { source: 'api_key', text: '0aa5ad53-8f14' },
    { source: 'DD_APP_KEY', text: 'with "quotes"' },
    { source: 'dd_api_key', text: 'opsgenie' },
  ];
  test.each<[unknown, readonly string[]]>([
    [{}, []],
    [null, []],
    [{ repository: { name: 'opsgenie' } }, []],
    [{ inputs: { key: '0aa5ad53-8f14' } }, ['api_key']],
    [{ client_payload: { deep: [{ header: 'GenieKey 0aa5ad53-8f14' }] } }, ['api_key']],
    [{ text: 'with "quotes" and 0aa5ad53-8f14' }, ['api_key', 'DD_APP_KEY']],
  ])('of %j are %j', (payload, exposed) => {
    expect(exposedKeys(keys, payload)).toEqual(exposed);
  });
});

describe('secrets were withheld from', () => {
  const pull = (head: string | null) => ({
    pull_request: { head: { repo: head && { full_name: head } }, base: { repo: { full_name: 'acme/infra' } } },
  });
  test.each<[string, string, string, unknown, RegExp | undefined]>([
    ['a pull request from a fork', 'pull_request', 'mallory', pull('mallory/infra'), /^Pull requests from forks/],
    ['a pull request from a deleted fork', 'pull_request', 'mallory', pull(null), /^Pull requests from forks/],
    ["Dependabot's pull request", 'pull_request', 'dependabot[bot]', pull('acme/infra'), /^Runs started by Dependabot/],
    ['no pull request of the same repository', 'pull_request', 'octocat', pull('acme/infra'), undefined],
    ['no pull_request_target', 'pull_request_target', 'mallory', pull('mallory/infra'), undefined],
    ['no push', 'push', 'octocat', {}, undefined],
    ['nothing that is known if the payload is odd', 'pull_request', 'octocat', { pull_request: 7 }, undefined],
  ])('%s', (_, event, actor, payload, reason) => {
    const explanation = explainWithheldSecrets(event, actor, payload);
    if (reason === undefined) expect(explanation).toBeUndefined();
    else expect(explanation).toMatch(reason);
  });
});
