/** Names that tests make up, through the model's own parsers. */
import {
  parseDigest,
  parseInstant,
  parseOrigin,
  parseRepositoryName,
  parseTag,
  type Digest,
  type Instant,
  type Origin,
  type RepositoryName,
  type Tag,
} from '../../src/model/index.ts';

function must<Name>(name: Name | undefined, text: string): Name {
  if (name === undefined) throw new Error(`The test made a name that is none: ${text}`);
  return name;
}

/** `sha256:` and the number in hexadecimal: the same number, the same digest. */
export function digestOf(number: number): Digest {
  const text = `sha256:${number.toString(16).padStart(64, '0')}`;
  return must(parseDigest(text), text);
}

export function tagOf(text: string): Tag {
  return must(parseTag(text), text);
}

/** The tag under which cosign (`.sig`, `.att`, `.sbom`) or the referrers fallback (no ending) attaches something. */
export function attachmentTagOf(subject: Digest, ending: '' | '.sig' | '.att' | '.sbom' = '.sig'): Tag {
  return tagOf(`${subject.replace(':', '-')}${ending}`);
}

export function repositoryOf(text: string): RepositoryName {
  return must(parseRepositoryName(text), text);
}

export function originOf(text: string): Origin {
  return must(parseOrigin(text), text);
}

export function instantOf(text: string): Instant {
  return must(parseInstant(text), text);
}
