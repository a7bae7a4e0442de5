import { platform } from '@actions/core';
import { context, getOctokit } from '@actions/github';
import { HttpClient } from '@actions/http-client';
import { expect, test, vi } from 'vitest';

// What stubs/unreached takes the place of must fail where somebody comes to use it, not do nothing. That proxies and the
// context of @actions/github work as ever is what the tests under test/e2e show: they all go through a proxy.

const LOUDLY = /stubs\/unreached/;

test('the context of @actions/github is the real one', () => {
  vi.stubEnv('GITHUB_REPOSITORY', 'acme/alerting');
  expect(context.repo).toEqual({ owner: 'acme', repo: 'alerting' });
});

test('an Octokit cannot be made', () => {
  expect(() => getOctokit('token')).toThrow(LOUDLY);
});

test('the dispatcher of a proxy can be made, but not used', () => {
  vi.stubEnv('https_proxy', 'http://proxy.corp.example:3128');
  const dispatcher: unknown = new HttpClient().getAgentDispatcher('https://api.github.com');
  expect(dispatcher).toHaveProperty('dispatch', expect.any(Function));
  expect(() => (dispatcher as { dispatch: () => void }).dispatch()).toThrow(LOUDLY);
});

test('no other program is run', async () => {
  await expect(platform.getDetails()).rejects.toThrow(LOUDLY);
});
