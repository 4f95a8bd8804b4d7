/** Images of a given weight as files, so that skopeo pushes them as it pushes any other. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { whatIsHere } from '../registries.ts';

const execute = promisify(execFile);

export type DirectoryImage = {
  readonly directory: string;
  readonly digest: string;
  /** Of the layer that no other image has. */
  readonly layer: string;
  /** Bytes of everything in it. */
  readonly bytes: number;
};

/**
 * An image of one platform in skopeo's `dir:` format: a config, and a layer that the seed makes, which doesn't compress.
 * The same seed and size make the same image.
 */
export async function writeDirectoryImage(
  directory: string,
  { seed, layerBytes }: { readonly seed: string; readonly layerBytes: number },
): Promise<DirectoryImage> {
  await mkdir(directory, { recursive: true });
  let bytes = 0;
  const write = async (content: Buffer, name?: string): Promise<{ digest: string; size: number }> => {
    const hex = createHash('sha256').update(content).digest('hex');
    await writeFile(join(directory, name ?? hex), content);
    bytes += content.byteLength;
    return { digest: `sha256:${hex}`, size: content.byteLength };
  };
  const layer = await write(noise(seed, layerBytes));
  const config = await write(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        created: '2025-03-01T00:00:00Z',
        config: { Labels: { seed } },
        rootfs: { type: 'layers', diff_ids: [layer.digest] },
      }),
    ),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
  };
  const { digest } = await write(Buffer.from(JSON.stringify(manifest)), 'manifest.json');
  await writeFile(join(directory, 'version'), 'Directory Transport Version: 1.1\n');
  return { directory, digest, layer: layer.digest, bytes };
}

/** Bytes that look like chance: a hash, again and again. */
function noise(seed: string, length: number): Buffer {
  const block = 32;
  const content = Buffer.alloc(Math.ceil(length / block) * block);
  let last = createHash('sha256').update(seed).digest();
  for (let at = 0; at < content.length; at += block) {
    last = createHash('sha256').update(last).digest();
    last.copy(content, at);
  }
  return content.subarray(0, length);
}

/** Pushes the image to `127.0.0.1:5000/app:1`, byte for byte. */
export async function skopeoPush(image: DirectoryImage, reference: string): Promise<void> {
  const skopeo = whatIsHere().tools.find(({ name }) => name === 'skopeo');
  if (skopeo === undefined) throw new Error('skopeo is not here.');
  const quiet = ['--insecure-policy', 'copy', '--quiet', '--preserve-digests', '--dest-tls-verify=false'];
  await execute(skopeo.path, [...quiet, `dir:${image.directory}`, `docker://${reference}`]);
}
