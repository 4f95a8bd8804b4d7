/** Asks about one pull request, with the address, the token and the proxy of the environment: see origins.test.ts. */
import process from 'node:process';
import { connectGitHub } from '../../../src/liveness/index.ts';

const [repo = '', number = ''] = process.argv.slice(2);
const github = connectGitHub({
  token: process.env.GITHUB_TOKEN,
  apiUrl: process.env.GITHUB_API_URL ?? '',
  env: process.env,
  sleep: () => Promise.resolve(),
  random: Math.random,
  now: () => new Date(),
  timeoutMs: 10_000,
});
console.log(JSON.stringify(await github.claim([{ kind: 'pull-request', repo, number: Number(number) }])));
