/** An example run as GitHub runs it: the event with its payload, the network, the token's rights, the built action. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';
import { parse } from 'yaml';
import { doors } from '../../src/config/index.ts';
import { runStep, type DoorFolder, type Step } from '../dist/step.ts';
import { startGitHub, type GitHubServer } from '../support/github/server.ts';
import { resolveText } from './expression.ts';
import { openNetwork } from './network.ts';
import { jobsOf, neededBy, readExample, stepsOfJob, type ExampleStep, type Job } from './workflow.ts';

const root = join(import.meta.dirname, '..', '..');
type Action = { readonly inputs: Readonly<Record<string, { readonly default?: string }>> };

/** The repository of the recorded payloads. */
export const shop = 'example-org/shop';
export const registryHost = 'registry.example.com';

export type RecordedEvent = {
  /** GITHUB_EVENT_NAME. */
  readonly name: string;
  /** The payload's file in events/. */
  readonly file: string;
  /** GITHUB_REF; the default branch without it, as `schedule`, `delete` and `pull_request_target` have it. */
  readonly ref?: string;
};

type Artifacts = Readonly<Record<string, Readonly<Record<string, string>>>>;

export type ExampleOptions = {
  readonly event: RecordedEvent;
  /** The http origin of the registry that answers for each host of the workflow. */
  readonly registries: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  /** Files that the repository has; the workspace has them only if the workflow checks them out. */
  readonly files?: Readonly<Record<string, string>>;
  /** Without one nobody answers for GitHub, and asking it would fail the test. */
  readonly github?: GitHubServer;
  readonly env?: Readonly<Record<string, string>>;
  /** Jobs that are not run: what they need isn't here. */
  readonly without?: readonly string[];
  /** What happens after a job's steps of ours and before the next job; the files that it gave on, by artifact and path. */
  readonly between?: (job: string, steps: readonly Step[]) => Promise<Artifacts>;
  /** Outputs of a job, in place of those that it has. */
  readonly outputs?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

export function eventFile(event: RecordedEvent): string {
  return join(import.meta.dirname, 'events', event.file);
}

/**
 * Every step of ours in this workflow, one after the other; none in a job that needs one that failed or was left out.
 * Nothing of it is changed: not a word of `with:`.
 */
export async function runExample(name: string, options: ExampleOptions): Promise<readonly Step[]> {
  const { event, registries, secrets, github } = options;
  const path = eventFile(event);
  const ref = event.ref ?? 'refs/heads/main';
  const token = github?.token ?? 'ghs_NobodyAsksWithThis';
  const context = {
    event_name: event.name,
    event: JSON.parse(readFileSync(path, 'utf8')) as unknown,
    ref,
    repository: shop,
    token,
  };
  const workflow = readExample(name);
  const jobs = jobsOf(workflow, { github: context }).filter(([job]) => options.without?.includes(job) !== true);
  const network = await openNetwork(registries);
  // Somebody has to answer, so that what isn't to be asked is seen, and not sent to the real one.
  const unasked = github === undefined ? await startGitHub([], { token }) : undefined;
  const answering = github ?? unasked;
  // GitHub's runner masks all secrets; the program has to hide what lets somebody in.
  const passwords = Object.entries(secrets).flatMap(([key, text]) => (key.endsWith('PASSWORD') ? [text] : []));
  const done: Step[] = [];
  try {
    let artifacts: Artifacts = {};
    const run = async (step: ExampleStep): Promise<Step> => {
      for (const right of ['pull-requests', 'contents'] as const)
        if (!step.permissions.has(right)) answering?.permissions.delete(right);
      const env = {
        CI: 'true',
        GITHUB_EVENT_NAME: event.name,
        GITHUB_EVENT_PATH: path,
        GITHUB_REPOSITORY: shop,
        GITHUB_REF: ref,
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_API_URL: answering?.apiUrl ?? '',
        ...network.env,
        ...options.env,
      };
      const door = folderOf(doors[step.door]);
      const given = { ...defaults(door, context), ...step.with };
      const checkedOut = step.isCheckedOut ? (options.files ?? {}) : {};
      const downloaded = step.downloads.flatMap((each) => Object.entries(artifacts[each] ?? {}));
      const workspace = { ...checkedOut, ...Object.fromEntries(downloaded) };
      return runStep(given, { door, env, workspace, secrets: () => [...passwords, token] });
    };
    const needs: Record<string, { readonly outputs: Readonly<Record<string, string>> }> = {};
    for (const [job, each] of jobs) {
      if (neededBy(each).some((needed) => needs[needed] === undefined)) continue;
      const outputs: Record<string, unknown> = {};
      const first = done.length;
      let succeeded = true;
      for (const step of stepsOfJob(workflow, each, { github: context, secrets, vars: options.vars ?? {}, needs })) {
        const ran = await run(step);
        succeeded &&= ran.code === 0;
        if (step.id !== undefined) outputs[step.id] = { outputs: Object.fromEntries(ran.outputs) };
        done.push(ran);
      }
      artifacts = { ...artifacts, ...(await options.between?.(job, done.slice(first))) };
      if (succeeded) needs[job] = { outputs: options.outputs?.[job] ?? outputsOf(each, outputs) };
    }
    expect(network.strangers).toEqual([]);
    if (unasked !== undefined) expect(unasked.lines()).toEqual([]);
    return done;
  } finally {
    await network.close();
    await unasked?.close();
  }
}

function outputsOf({ outputs = {} }: Job, steps: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(outputs).map(([name, text]) => [name, resolveText(text, { steps })]));
}

/** Of a workflow with one step of ours. */
export async function runOneStep(name: string, options: ExampleOptions): Promise<Step> {
  const [step, ...others] = await runExample(name, options);
  if (step === undefined || others.length > 0) throw new Error(`${name} has not one step but ${others.length}.`);
  return step;
}

/** Where its action.yml lies. */
function folderOf({ action }: { readonly action: string }): DoorFolder {
  return dirname(action) as DoorFolder;
}

/** The runner resolves the defaults of action.yml, too. */
function defaults(door: DoorFolder, github: unknown): Readonly<Record<string, string>> {
  const action = parse(readFileSync(join(root, door, 'action.yml'), 'utf8')) as Action;
  const entries = Object.entries(action.inputs).flatMap(([name, input]) =>
    input.default === undefined ? [] : [[name, resolveText(input.default, { github })] as const],
  );
  return Object.fromEntries(entries);
}
