/** liveness/: what is alive outside the registry. */
export * from './github/index.ts';
export * from './live-refs/index.ts';
export * from './workspace/index.ts';
