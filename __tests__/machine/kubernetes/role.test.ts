// The Role of docs/garbage-collection.md is all that kubectl's account needs.

import { afterEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { startLab, type Lab } from './lab.ts';

let lab: Lab | undefined;

afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

const role = z.object({
  kind: z.literal('Role'),
  rules: z.array(z.object({ resources: z.array(z.string()), verbs: z.array(z.string()) })),
});

function documented(): ReadonlySet<string> {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/garbage-collection.md'), 'utf8');
  const found = [...text.matchAll(/^```yaml\n(.*?)^```/gms)].find(([, yaml = '']) => /^kind: Role$/m.test(yaml));
  const { rules } = role.parse(parse(found?.[1] ?? ''));
  return new Set(
    rules.flatMap(({ resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
    ),
  );
}

test('the documented Role allows every request, offline and online, and nothing that is never asked', async () => {
  lab = await startLab();
  const { find, run, api } = lab;
  const rights = documented();
  api.allowOnly(rights);
  const found = await find();
  const ran = await run(
    found,
    `svc_prepare && svc_collect_check && svc_stop && { echo : | svc_offline_inside; } && svc_collect_offline && svc_start && svc_cleanup &&
     svc_collect_online_check && svc_collect_online && svc_restart && svc_is_running && svc_collect_kill`,
  );
  expect(ran.stderr).not.toMatch(/forbidden|error/i);
  expect(ran.status).toBe(0);
  const asked = new Set(api.asked.map(({ right }) => right));
  // Which one a client streams by is its own matter; the others are asked for where something goes wrong, or of the other kind.
  const other = /pods\/exec$|events$|statefulsets$|^list deployments$/;
  expect([...rights].filter((right) => !asked.has(right) && !other.test(right))).toEqual([]);
});
