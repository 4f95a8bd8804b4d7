/** The tools that people delete tags with: where each comes from, and the loop that its documentation or its users show. */
import { builtProgram, isBuilt, type Found } from '../scripts/provision/find.ts';
import { buildWithGo, type Say } from '../scripts/provision/install.ts';
import type { Wanted } from '../scripts/provision/wanted.ts';
import type { Peers } from './peers.ts';

export type Peer = {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  /**
   * For `sh -e`. In its environment: TOOL, its path; HOST, the registry's `host:port`; IMAGE, the same with the
   * repository; KEPT, how many tags stay; AT_ONCE, how many of the tool run side by side.
   */
  readonly script: string;
  /** Files in the directory that it runs in, by their names. */
  readonly files?: (of: {
    readonly host: string;
    readonly repository: string;
    readonly kept: number;
  }) => Readonly<Record<string, string>>;
};

type Loop = Pick<Peer, 'name' | 'script' | 'files'>;

/** Tags by their numbers, all but the last ones, one tool for each. */
const doomed = 'sort -V | head -n "-$KEPT" | xargs -P "$AT_ONCE" -I TAG';

const skopeoLoop: Loop = {
  name: 'skopeo delete',
  script: `"$TOOL" list-tags --tls-verify=false "docker://$IMAGE" | sed -n 's/^ *"\\(build-[0-9]*\\)".*/\\1/p' |
    ${doomed} "$TOOL" --insecure-policy delete --tls-verify=false "docker://$IMAGE:TAG"`,
};

// crane deletes what it is given: of a tag, on distribution 3, the tag alone, and on 2.8 nothing.
const craneLoop: Loop = {
  name: 'crane delete',
  script: `"$TOOL" ls --insecure "$IMAGE" |
    ${doomed} sh -c '"$TOOL" delete --insecure "$IMAGE@$("$TOOL" digest --insecure "$IMAGE:$0")"' TAG`,
};

const regctlLoops: readonly Loop[] = [
  {
    name: 'regctl manifest delete',
    script: `"$TOOL" tag ls --host "reg=$HOST,tls=disabled" "$IMAGE" |
      ${doomed} "$TOOL" manifest delete --host "reg=$HOST,tls=disabled" --force-tag-dereference "$IMAGE:TAG"`,
  },
  {
    name: 'regctl tag delete',
    script: `"$TOOL" tag ls --host "reg=$HOST,tls=disabled" "$IMAGE" |
      ${doomed} "$TOOL" tag delete --host "reg=$HOST,tls=disabled" "$IMAGE:TAG"`,
  },
];

/** One process for all of them, one after the other. `deletion` speaks of the tag that `ref` names. */
function regbot(name: string, deletion: string): Loop {
  return {
    name,
    script: '"$TOOL" once --config regbot.yml',
    files: ({ host, repository, kept }) => ({
      'regbot.yml': `version: 1
creds:
  - registry: ${host}
    tls: disabled
defaults:
  parallel: 1
  timeout: 3600s
scripts:
  - name: delete old builds
    script: |
      ref = reference.new("${host}/${repository}")
      builds = {}
      for _, name in pairs(tag.ls(ref)) do
        if string.match(name, "^build%-%d+$") then table.insert(builds, name) end
      end
      number = function (name) return tonumber(string.match(name, "%d+$")) end
      table.sort(builds, function (a, b) return number(a) < number(b) end)
      for place = 1, #builds - ${kept} do
        ref:tag(builds[place])
        ${deletion}
      end
`,
    }),
  };
}

type Built = { readonly package: string; readonly version: string; readonly loops: readonly Loop[] };

const built: readonly Built[] = [
  { package: 'github.com/regclient/regclient/cmd/regctl', version: 'v0.11.7', loops: regctlLoops },
  {
    package: 'github.com/regclient/regclient/cmd/regbot',
    version: 'v0.11.7',
    loops: [
      regbot('regbot manifest:delete', 'manifest.head(ref):delete()'),
      regbot('regbot tag.delete', 'tag.delete(ref)'),
    ],
  },
  {
    package: 'github.com/fraunhofer/deckschrubber',
    version: 'latest',
    loops: [
      {
        name: 'deckschrubber',
        script:
          '"$TOOL" -registry "http://$HOST" -repo "^${IMAGE#*/}\\$" -tag "^build-" -latest "$KEPT" -day 0 -repos 100',
      },
    ],
  },
];

const buildMs = 8 * 60_000;

/** What is here, after building what isn't with Go: kept outside the tree, as the programs of the tests are. */
export async function peerTools(found: Found, say: Say): Promise<Peers> {
  const here: Peer[] = [];
  const missing: { name: string; why: string }[] = [];
  for (const [name, loop] of [
    ['skopeo', skopeoLoop],
    ['crane', craneLoop],
  ] as const) {
    const tool = found.tools.find((one) => one.name === name);
    if (tool) here.push({ ...loop, version: tool.version, path: tool.path });
    else missing.push({ name, why: found.missing.find((one) => one.name === name)?.why ?? 'not on this machine' });
  }
  for (const { loops, ...source } of built) {
    const isThere = (): boolean => isBuilt({ ...asWanted, name: source.package }, source);
    const why = isThere()
      ? undefined
      : await buildWithGo({ kind: 'go', ...source }, { say, timeoutMs: buildMs, isBuilt: isThere });
    for (const loop of loops)
      if (why === undefined)
        here.push({ ...loop, version: source.version.replace(/^v/, ''), path: builtProgram(source) });
      else missing.push({ name: loop.name, why });
  }
  missing.push({
    name: 'registry-cli',
    why: 'a Python script in a repository of its own, in no package registry that this run may ask (PyPI has none of that name)',
  });
  return { here, missing };
}

/** Both programs of regclient answer `version`; what they say isn't looked at. */
const asWanted: Wanted = {
  ...{ name: '', required: false, programs: [], versionArguments: ['version'], version: /(.*)/, sources: [] },
};
