/** What the shell functions of a registry in Kubernetes are made of. */
import type { Workload } from '../../config/index.ts';
import type { PodSource } from './one-off-pod.ts';

export type FunctionSource = {
  readonly namespace: string;
  readonly workload: Workload;
  readonly selector: string;
  readonly pod: PodSource;
  /** The program of distribution in its container, and its configuration. */
  readonly program: string;
  readonly configPath: string;
  /** Of the storage, where it is on a file system. */
  readonly root?: string;
  /** How many pods there are when nobody has stopped it. */
  readonly replicas: number;
  /** What a pod may take to end, seconds. */
  readonly grace: number;
  /** Whether a second pod may hold the volume beside the running one. */
  readonly beside: boolean;
  readonly limits?: Partial<FunctionLimits>;
};

export type FunctionLimits = {
  /** Until a pod of ours runs: its image is there already, its volume may have to be attached. */
  readonly startSeconds: number;
  /** What a pod may take to be gone beyond its own grace. */
  readonly endSeconds: number;
  /** Until a rollout is through. The caller tries again. */
  readonly rolloutSeconds: number;
  /** How long a cluster that doesn't answer is asked again while the collector works. */
  readonly silenceSeconds: number;
  /** Between two looks at a pod. */
  readonly pauseSeconds: number;
};

const usualLimits: FunctionLimits = {
  startSeconds: 300,
  endSeconds: 60,
  rolloutSeconds: 120,
  silenceSeconds: 300,
  pauseSeconds: 2,
};

export function limitsOf({ limits }: FunctionSource): FunctionLimits {
  return { ...usualLimits, ...limits };
}
