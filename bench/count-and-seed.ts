/** What `npm run soak`, `kills` and `fuzz` are told: `-- 20 --seed 1001` is 20 from that seed on. */

/** `what` are counted. Ends the process where the words are no such thing. Without them: `usual`, from seed 1 on. */
export function countAndSeed(usual: number, what: string): { readonly count: number; readonly firstSeed: number } {
  const given = process.argv.slice(2);
  const seedAt = given.indexOf('--seed');
  const firstSeed = seedAt < 0 ? 1 : Number(given[seedAt + 1]);
  const [countText = String(usual), ...more] = given.filter(
    (_, place) => seedAt < 0 || (place !== seedAt && place !== seedAt + 1),
  );
  const count = Number(countText);
  if (Number.isSafeInteger(count) && count > 0 && Number.isSafeInteger(firstSeed) && more.length === 0)
    return { count, firstSeed };
  console.error(`${given.join(' ')}: wanted are a number of ${what} and, if any, --seed and a number.`);
  process.exit(1);
}
