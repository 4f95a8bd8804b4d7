/** What came of a collection: its lines, its section on the job's page, its picture. */
import { describe, expect, test } from '@jest/globals';
import type { Collection } from '../../src/model/index.ts';
import { renderCollection, renderSummary } from '../../src/report/index.ts';
import { digestOf, repositoryOf } from '../arbitraries/names.ts';
import { collection, decision, plan, repositoryReport, runReport, unmeasured, web, withUntagged } from './run.ts';

const summaryOf = (parts: Partial<Collection>): string =>
  renderSummary(runReport([], { collection: collection(parts) }));
describe('the log', () => {
  test.each([
    [
      collection(),
      'The storage of docker:registry on root@registry.example.com: 3 GiB before, 1 GiB after. 120 blobs and 34 manifests collected (offline, distribution 2.8.3); docker:registry was away for 12 seconds.',
    ],
    [
      collection({ mode: 'online', blobs: 1, manifests: 1, awaySeconds: 0.2 }),
      'The storage of docker:registry on root@registry.example.com: 3 GiB before, 1 GiB after. 1 blob and 1 manifest collected (online, distribution 2.8.3); docker:registry was away for less than a second.',
    ],
    [
      unmeasured(),
      'The storage of docker:registry on root@registry.example.com: its size is not known. 120 blobs and 34 manifests collected (offline, distribution 2.8.3); how long docker:registry was away is not known.',
    ],
    [
      unmeasured({ mode: 'online' }),
      'The storage of docker:registry on root@registry.example.com: its size is not known. 120 blobs and 34 manifests collected (online, distribution 2.8.3); docker:registry was restarted.',
    ],
    [
      collection({ result: 'skipped' }),
      "Nothing to collect on docker:registry on root@registry.example.com: the collector's own dry run found nothing (offline, distribution 2.8.3). The registry went on running, no downtime.",
    ],
    [
      collection({ result: 'failed' }),
      'Garbage collection of docker:registry on root@registry.example.com failed (offline, distribution 2.8.3).',
    ],
  ])('%#', (given, words) => {
    expect(renderCollection(given).title).toBe(`Garbage collection: ${words}`);
  });

  test('names everything that was touched, and what was not', () => {
    const { title, lines } = renderCollection(
      collection({
        unlinked: [{ repository: web, digest: digestOf(7) }],
        spared: [{ repository: repositoryOf('apps/api'), why: 'a tag was pushed meanwhile' }],
        removedRepositories: [repositoryOf('apps/old')],
      }),
    );
    expect(title).toContain('34 manifests collected, after the links of 1 untagged manifest were removed (offline');
    expect(lines).toEqual([
      `unlinked  apps/web@${digestOf(7)}`,
      'spared    apps/api  a tag was pushed meanwhile',
      'removed   apps/old  no tag and no manifest was left',
    ]);
  });

  test('begins with why it failed, and where the log is', () => {
    const why = { at: 'docker:registry', what: 'the collector ended with 1', wayOut: 'Run it by hand.' };
    const { lines } = renderCollection(collection({ result: 'failed', why, log: '/tmp/rp.x1' }));
    expect(lines).toEqual([
      'FAILED    the collector ended with 1; Run it by hand. The log is in /tmp/rp.x1 on root@registry.example.com.',
    ]);
  });
});

describe('the summary', () => {
  test('has a section with a sentence and a picture', () => {
    expect(summaryOf({})).toContain(
      [
        '### Disk',
        '',
        'The storage of docker\\:registry on root\\@<!-- -->registry.example.com\\: 3 GiB before, 1 GiB after. 120 blobs and 34 manifests collected \\(offline, distribution 2.8.3\\); docker\\:registry was away for 12 seconds.',
        '',
        '```mermaid',
        '%%{init: {"themeVariables":{"pie1":"#4184e4","pie2":"#e16f24"}}}%%',
        'pie showData',
        '    title The disk, 3 GiB before',
        '    "kept (GiB)" : 1.00',
        '    "freed (GiB)" : 2.00',
        '```',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['nothing was freed', { after: 3 * 1024 ** 3 }],
    ['there is more than before', { after: 4 * 1024 ** 3 }],
    ['too little was freed to be seen', { after: 3 * 1024 ** 3 - 1024 }],
    ['nothing is left', { after: 0 }],
    ['it was skipped', { result: 'skipped' }],
    ['it failed', { result: 'failed' }],
  ] as const)('has no picture where %s', (_, parts) => {
    const summary = summaryOf(parts);
    expect(summary).toContain('### Disk');
    expect(summary).not.toContain('mermaid');
  });

  test('has none where the sizes are not known', () => {
    expect(renderSummary(runReport([], { collection: unmeasured() }))).not.toContain('mermaid');
  });

  test('counts in bytes where there are few', () => {
    expect(summaryOf({ before: 900, after: 300 })).toContain('    "kept (B)" : 300.00\n    "freed (B)" : 600.00\n');
  });

  test('names what was left alone, with the reason, and what left the catalog; not all of very many', () => {
    const many = Array.from({ length: 60 }, (_, place) => repositoryOf(`old/number-${place}`));
    const spared = [{ repository: web, why: 'the tag <v1> was pushed' }];
    const summary = summaryOf({ spared, removedRepositories: many });
    expect(summary).toContain(
      'Untagged manifests of these repositories were left alone:\n\n- <code>apps/web</code>: the tag &lt;v1&gt; was pushed\n',
    );
    expect(summary).toContain('60 empty repositories left the catalog:\n\n- <code>old/number-0</code>\n');
    expect(summary).toContain('- and 10 more, in the report file.\n');
  });

  test('of a dry run says what would be done', () => {
    const plannedCollection = { service: 'systemd:docker-registry', host: 'this machine', mode: 'offline' } as const;
    const summary = renderSummary(runReport([], { dryRun: true, plannedCollection }));
    expect(summary).toContain(
      '### Disk\n\nGarbage collection would stop systemd\\:docker-registry on this machine, collect, and start it again.\n',
    );
  });

  test('has no such section where nobody asked for it', () => {
    expect(renderSummary(runReport([]))).not.toContain('Disk');
  });

  test('of the gc door says so, and lists no kept tags', () => {
    const report = repositoryReport({ decisions: [decision('v1', 'keep')], plan: plan() });
    const summary = renderSummary(runReport([report], { door: 'gc', collection: collection() }));
    expect(summary).toMatch(/^## registry-prune: garbage collection\n/);
    expect(summary).toContain('| <code>apps/web</code> | 1 | 0 | 1 |  |');
    expect(summary).not.toContain('<details>');
  });

  test('has a column for untagged manifests where any go, and a list of them', () => {
    const api = repositoryReport({ repository: repositoryOf('apps/api') });
    const bare = withUntagged(plan(), 9);
    const undated = {
      ...bare,
      manifests: bare.manifests.map(({ digest, mediaType, size, role }) => ({ digest, mediaType, size, role })),
    };
    const reports = [
      repositoryReport({ plan: withUntagged(plan(), 9, 7, 8) }),
      { ...api, plan: undated },
      { ...api, repository: repositoryOf('apps/none') },
    ];
    const summary = renderSummary(runReport(reports));
    expect(summary).toContain('| repository | tags seen | deleted | kept | untagged, to go | to be reclaimed |');
    expect(summary).toContain('| --- | ---: | ---: | ---: | ---: | ---: |');
    expect(summary).toContain('| <code>apps/web</code> | 0 | 0 | 0 | 3, the oldest of 2026-11-07 | 1.5 KiB |');
    expect(summary).toContain('| <code>apps/api</code> | 0 | 0 | 0 | 1 | 1.5 KiB |');
    expect(summary).toContain('| <code>apps/none</code> | 0 | 0 | 0 | 0 |  |');
    expect(summary).toContain('<summary><code>apps/web</code>: 3 untagged manifests to delete</summary>');
    expect(summary).toContain('| manifest | why |\n| --- | --- |\n');
    expect(summary).toMatch(
      /\| <code>sha256\\:\w{12}…<\/code> \| nothing that stays reaches it, last pushed 2026-11-09 06\\:00\\:00Z \|/,
    );
  });
});

test("a host's words are no markup, wherever they stand", () => {
  const evil = '</details><img src=x>| [a](https://evil.example)\n```\n# heading @somebody';
  const given = { service: evil, host: evil, version: evil, spared: [{ repository: web, why: evil }] };
  for (const result of ['done', 'skipped', 'failed'] as const)
    expect(summaryOf({ ...given, result, log: evil })).not.toMatch(/<img|\n# |\]\(https|https:|(?<!\\)@|\n```\n#/);
});
