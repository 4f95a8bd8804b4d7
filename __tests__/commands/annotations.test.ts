/** A policy of the workspace with mistakes in it, as a step on GitHub sees it: each stands at its line. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const policy = `version: 1
rules:
  - repositories: apps/**
    tags: v{version}
    keep-lsat: 20
  - repositories: apps/**
    tags: build-{number}
    keep-last: -1
`;

function run(given: Readonly<Record<string, string>>): {
  readonly status: number | null;
  readonly out: readonly string[];
} {
  const workspace = mkdtempSync(join(tmpdir(), 'registry-prune-annotations-'));
  try {
    mkdirSync(join(workspace, '.github'));
    writeFileSync(join(workspace, '.github/prune.yml'), policy);
    const inputs = { registry: 'http://127.0.0.1:9', ...given };
    const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, '../../src/index.ts')], {
      cwd: workspace,
      encoding: 'utf8',
      env: {
        GITHUB_ACTIONS: 'true',
        GITHUB_WORKSPACE: workspace,
        RUNNER_TEMP: workspace,
        ...Object.fromEntries(Object.entries(inputs).map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text])),
      },
    });
    return { status, out: stdout.split('\n').filter((line) => line.startsWith('::error')) };
  } finally {
    rmSync(workspace, { recursive: true });
  }
}

test('in a file: an error for each, at its line', () => {
  const { status, out } = run({ policy: '.github/prune.yml' });
  expect(status).toBe(1);
  expect(out).toEqual([
    expect.stringMatching(
      /^::error file=\.github\/prune\.yml,line=3::\.github\/prune\.yml:3:5: The rule has no condition/,
    ),
    expect.stringMatching(
      /^::error file=\.github\/prune\.yml,line=5::.*"keep-lsat" is no key\. Did you mean keep-last\?/,
    ),
    expect.stringMatching(/^::error file=\.github\/prune\.yml,line=8::.*"-1" is not a number of images/),
    expect.stringMatching(/^::error::What is wrong with the policy is named above/),
  ]);
});

test('in the input itself: one message, without a line to point at', () => {
  const { status, out } = run({ policy });
  expect(status).toBe(1);
  expect(out).toEqual([expect.stringMatching(/^::error::policy:\d+:\d+: /)]);
});
