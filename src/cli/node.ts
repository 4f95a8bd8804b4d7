/** Which Node this runs in. It imports nothing: what it looks for would keep it from being loaded. */

/** What undici asks for (its `engines`), and with it everything here. A test holds it to that, and `npm pack` too. */
export const leastNode = '22.19';

/** Why it can't run in this version of Node; `undefined`: it can. `version`: as `process.versions.node` has it. */
export function complaintAboutNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = leastNode.split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return undefined;
  return `registry-prune needs Node ${leastNode} or newer, and this is ${version}. Install a newer one, from https://nodejs.org or by your system's packages, or run it in the image node:24.`;
}
