/** A text's lines → the images that they name, variables resolved. Pure. */
import { hasExpression, insideOf, parseWords } from './expression.ts';
import { findImages, parseImage } from './image-name.ts';
import type { ImageName } from './image-name.ts';
import type { RegistryNames } from './registry-names.ts';
import type { Expand } from './variables.ts';

export type Sighting = { readonly image: ImageName; readonly line: number; readonly as: string };

// What a report shows of it.
const longestText = 300;
const from = /^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)/i;

/** `isDockerfile`: what stands behind FROM is an image, with a host or without. */
export function scanText(
  text: string,
  registry: RegistryNames,
  expand: Expand,
  isDockerfile: boolean,
): readonly Sighting[] {
  return text.split('\n').flatMap((content, index) => {
    const line = index + 1;
    const images = scanLine(content.replaceAll('\\/', '/'), line, registry, expand);
    const base = isDockerfile ? from.exec(content)?.[1] : undefined;
    return base === undefined ? images : [...images, ...readImage({ text: base, line }, registry, expand)];
  });
}

/** Text that is one image's name, with its expressions resolved. */
export function readImage(
  { text, line }: { readonly text: string; readonly line: number },
  registry: RegistryNames,
  expand: Expand,
): readonly Sighting[] {
  const pieces = parseWords(text.replace(/[\s,;|`]+/g, ' ')).flatMap((word) => word.pieces);
  return expand(pieces)
    .flatMap((each) => parseImage(each, registry))
    .map((image) => ({ image, line, as: shorten(text) }));
}

function scanLine(content: string, line: number, registry: RegistryNames, expand: Expand): readonly Sighting[] {
  if (!hasExpression(content)) {
    if (content.search(registry.pattern) === -1) return [];
    const images = findImages(content.replace(/["']/g, ''), registry);
    return images.map((image) => ({ image, line, as: shorten(image.text) }));
  }
  return parseWords(content).flatMap((word) => {
    const found = expand(word.pieces)
      .flatMap((text) => findImages(text, registry))
      .map((image) => ({ image, line, as: shorten(word.text.replace(/^[\w-]+=/, '')) }));
    // `${IMAGE:-host/web:1.2}`, `{{ .Values.image | default "host/web:1.2" }}`: what stands inside counts, too.
    const inside = word.pieces
      .filter((piece) => piece.kind === 'expression' && piece.text.includes('/'))
      .flatMap((piece) => scanLine(insideOf(piece.text), line, registry, expand));
    return [...found, ...inside];
  });
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line;
}
