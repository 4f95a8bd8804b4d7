// `kubectl auth can-i` asks in protobuf: a SelfSubjectAccessReview (k8s.io/api/authorization/v1/generated.proto).

const magic = Buffer.from('k8s\0');

export function isProtobuf(bytes: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

/** The review as its JSON would be, as far as a question for a resource has it. */
export function readReview(bytes: Buffer): unknown {
  // runtime.Unknown: 2 is the object itself.
  const object = fieldOf(bytes.subarray(magic.length), 2);
  const attributes = fieldOf(fieldOf(object, 2), 1);
  const names = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'];
  const values = names.map((name, at) => [name, fieldOf(attributes, at + 1).toString()] as const);
  return {
    ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview' },
    spec: { resourceAttributes: Object.fromEntries(values.filter(([, value]) => value !== '')) },
  };
}

/** The first field of this number that has a length; empty where there is none. */
function fieldOf(message: Buffer, number: number): Buffer {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    if (tag % 8 !== 2) {
      varint();
      continue;
    }
    const length = varint();
    if (tag >> 3 === number) return message.subarray(at, at + length);
    at += length;
  }
  return Buffer.alloc(0);
}
