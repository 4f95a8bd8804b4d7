// Lines as the real collectors of 2.8.2, 2.8.3 and 3.1.1 print them.

import { describe, expect, test } from '@jest/globals';
import {
  emptyExpression,
  failureExpression,
  parseCollectorOutput,
  parseSummary,
  summaryExpression,
} from '../../src/gc/collector-output.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const marking = ['apps/web', `apps/web: marking manifest ${digest} `, `apps/web: marking blob ${digest}`, ''];
const summary = '12 blobs marked, 11 blobs and 5 manifests eligible for deletion';

describe('a collection that succeeded', () => {
  test.each<[string, readonly string[], { marked: number; blobs: number; manifests: number }]>([
    [
      '2.8',
      [...marking, `manifest eligible for deletion: ${digest}`, summary, `blob eligible for deletion: ${digest}`],
      { marked: 12, blobs: 11, manifests: 5 },
    ],
    [
      '2.8, with what it logs',
      [
        ...marking,
        '2 blobs marked, 1 blobs and 0 manifests eligible for deletion',
        `blob eligible for deletion: ${digest}`,
        `time="2026-11-22T01:30:00Z" level=info msg="Deleting blob: /docker/registry/v2/blobs/sha256/aa/${digest}" go.version=go1.19 service=registry`,
      ],
      { marked: 2, blobs: 1, manifests: 0 },
    ],
    [
      '3.1',
      [
        ...marking,
        `manifest eligible for deletion: {apps/web ${digest} [keep old]}`,
        summary,
        `blob eligible for deletion: ${digest}`,
        `apps/web: layer link eligible for deletion: ${digest}`,
      ],
      { marked: 12, blobs: 11, manifests: 5 },
    ],
    ['2.6', [...marking, '3 blobs marked, 2 blobs eligible for deletion'], { marked: 3, blobs: 2, manifests: 0 }],
    [
      'nothing eligible',
      ['', '0 blobs marked, 0 blobs and 0 manifests eligible for deletion'],
      { marked: 0, blobs: 0, manifests: 0 },
    ],
    ['lines that end as on Windows', [`${summary}\r`], { marked: 12, blobs: 11, manifests: 5 }],
  ])('%s', (_, lines, counts) => {
    expect(parseCollectorOutput(0, lines)).toEqual({ kind: 'collected', ...counts });
  });
});

describe('a storage to which nothing was pushed is empty, though the collector fails', () => {
  test.each([
    'failed to garbage collect: failed to mark: filesystem: Path not found: /docker/registry/v2/repositories',
    'failed to garbage collect: failed to mark: s3aws: Path not found: /docker/registry/v2/repositories',
  ])('%s', (line) => {
    expect(parseCollectorOutput(1, [line])).toEqual({ kind: 'empty' });
  });
});

describe('a collection that failed', () => {
  test.each<[string, number, readonly string[], string]>([
    [
      '2.8 that is given a flag that it does not know, and exits with 0',
      0,
      ["Error: unknown shorthand flag: 'q' in -q", 'Usage:', '  registry garbage-collect <config> [flags]', ''],
      "Error: unknown shorthand flag: 'q' in -q",
    ],
    [
      '3.1 and a manifest of schema 1',
      1,
      [
        ...marking,
        'failed to garbage collect: failed to mark: apps/web: failed to retrieve manifest for digest sha256:00: unrecognized manifest schema version 1',
      ],
      'failed to garbage collect: failed to mark: apps/web: failed to retrieve manifest for digest sha256:00: unrecognized manifest schema version 1',
    ],
    [
      'no configuration',
      1,
      ['configuration error: configuration path unspecified', 'Usage: ', '  registry garbage-collect <config> [flags]'],
      'configuration error: configuration path unspecified',
    ],
    [
      'a configuration that is not there',
      1,
      ['configuration error: open /nowhere.yml: no such file or directory', 'Usage:'],
      'configuration error: open /nowhere.yml: no such file or directory',
    ],
    [
      'the summary, then a failure in the middle of deleting',
      1,
      [
        summary,
        `blob eligible for deletion: ${digest}`,
        'failed to garbage collect: failed to delete blob: read-only file system',
      ],
      'failed to garbage collect: failed to delete blob: read-only file system',
    ],
    ['the summary and a status of its end by a signal', 137, [summary], ''],
    ['no summary and status 0', 0, marking.slice(1), ''],
    ['nothing at all and status 0', 0, [], ''],
    [
      'an engine that is gone',
      125,
      ['docker: Error response from daemon: dead.'],
      'docker: Error response from daemon: dead.',
    ],
    ['a panic', 2, ['panic: runtime error', 'goroutine 1 [running]:'], 'panic: runtime error'],
    ['an error in JSON', 1, ['{"level":"error","msg":"no bucket"}', 'exit'], '{"level":"error","msg":"no bucket"}'],
    [
      'another path that is not found',
      1,
      ['failed to mark: filesystem: Path not found: /x/blobs'],
      'failed to mark: filesystem: Path not found: /x/blobs',
    ],
    // A repository that was emptied by hand in the middle of it.
    [
      'a path that is not found after the summary',
      1,
      [summary, 'failed to mark: Path not found: /docker/registry/v2/repositories'],
      'failed to mark: Path not found: /docker/registry/v2/repositories',
    ],
  ])('%s', (_, status, lines, words) => {
    const how = status === 0 ? 'ended without its summary' : `ended with status ${status}`;
    expect(parseCollectorOutput(status, lines)).toEqual({ kind: 'failed', how, ...(words !== '' && { words }) });
  });
});

test.each([
  'a 12 blobs marked, 11 blobs and 5 manifests eligible for deletion',
  '12 blobs marked, 11 blobs and 5 manifests eligible for deletion now',
  'blobs marked, 11 blobs and 5 manifests eligible for deletion',
  '',
])('no summary: %j', (line) => {
  expect(parseSummary(line)).toBeUndefined();
});

test('what the shell looks for is what the parser understands', () => {
  const asShell = new RegExp(summaryExpression);
  for (const line of [summary, '3 blobs marked, 2 blobs eligible for deletion'])
    expect([asShell.test(line), parseSummary(line) !== undefined]).toEqual([true, true]);
  for (const line of ['x', `${summary} `, '1 blobs marked']) expect(asShell.test(line)).toBe(false);
  expect(new RegExp(emptyExpression).test('failed to mark: x: Path not found: /docker/registry/v2/repositories')).toBe(
    true,
  );
  // In awk's dynamic expressions a backslash would have to be doubled.
  expect([summaryExpression, emptyExpression, failureExpression].join('')).not.toContain('\\');
});
