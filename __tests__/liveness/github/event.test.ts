import { describe, expect, test } from '@jest/globals';
import { GitHubError, readEvent } from '../../../src/liveness/index.ts';

const repository = { full_name: 'acme/apps', private: true };
const closed = { action: 'closed', number: 12, pull_request: { number: 12, merged: true }, repository };
const deleted = { ref: 'feature/Login-Page', ref_type: 'branch', pusher_type: 'user', repository };

function read(event: string | undefined, payload: unknown): ReturnType<typeof readEvent> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return readEvent({ GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: '/runner/event.json' }, (path) => {
    expect(path).toBe('/runner/event.json');
    return text;
  });
}

describe('in focus', () => {
  test.each(['pull_request', 'pull_request_target'])('the closed pull request of %s', (event) => {
    expect(read(event, closed)).toEqual({ kind: 'pull-request', repo: 'acme/apps', number: 12, event });
  });

  test.each(['feature/Login-Page', 'refs/heads/feature/Login-Page'])('the deleted branch %s', (ref) => {
    expect(read('delete', { ...deleted, ref })).toEqual({
      kind: 'branch',
      repo: 'acme/apps',
      ref: 'feature/Login-Page',
      event: 'delete',
    });
  });
});

describe('not in focus, so that all is asked for', () => {
  test.each(['opened', 'synchronize', 'reopened'])('a pull request that was %s', (action) => {
    expect(read('pull_request', { ...closed, action })).toBeUndefined();
  });

  test('a deleted git tag', () => {
    expect(read('delete', { ...deleted, ref_type: 'tag' })).toBeUndefined();
  });

  test.each(['schedule', 'push', 'workflow_dispatch', undefined])(
    'the event %s, whose payload is not even read',
    (event) => {
      const never = (): string => {
        throw new Error('read');
      };
      expect(readEvent({ GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: '/x' }, never)).toBeUndefined();
    },
  );
});

describe("an error, since 'no event' would make a sweep of it", () => {
  test.each<readonly [string, string, unknown]>([
    ['pull_request', 'is no JSON', '{"action": "clo'],
    ['pull_request', 'the whole of it', []],
    ['pull_request', 'action', { ...closed, action: undefined }],
    ['pull_request', 'number', { ...closed, number: '12' }],
    ['pull_request', 'pull_request', { ...closed, pull_request: undefined }],
    ['pull_request_target', 'two pull requests, 12 and 13', { ...closed, pull_request: { number: 13 } }],
    ['pull_request', 'repository', { ...closed, repository: undefined }],
    ['pull_request', 'repository.full_name', { ...closed, repository: { full_name: 'apps' } }],
    ['delete', 'ref_type', { ...deleted, ref_type: undefined }],
    ['delete', 'ref', { ...deleted, ref: '' }],
    ['delete', 'its branch has no name', { ...deleted, ref: 'refs/heads/' }],
  ])('%s: %s', (event, why, payload) => {
    expect(() => read(event, payload)).toThrow(GitHubError);
    expect(() => read(event, payload)).toThrow(`The payload of the event ${event} can't be read`);
    expect(() => read(event, payload)).toThrow(why);
  });

  test('a file that is not there, or not named', () => {
    const missing = (): string => {
      throw new Error('ENOENT: no such file');
    };
    const env = { GITHUB_EVENT_NAME: 'delete' };
    expect(() => readEvent({ ...env, GITHUB_EVENT_PATH: '/x' }, missing)).toThrow('/x: ENOENT');
    expect(() => readEvent(env, missing)).toThrow('GITHUB_EVENT_PATH is not set');
  });
});
