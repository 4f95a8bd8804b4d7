import { findAll } from '../scripts/provision/find.ts';
import { benchRegistries } from './registries.ts';
import { layImages } from './lay-images.ts';
import { placeFor } from './place.ts';
const n = Number(process.argv[2]);
const place = placeFor(n);
await place.within(async (root) => {
  layImages({ root, repository: 'apps/web', count: n, seed: 'm' });
  const [reg] = benchRegistries(findAll());
  const started = await reg!.start(root);
  console.log(started.url);
  await new Promise((r) => process.stdin.once('data', r));
  await started.close();
});
process.exit();
