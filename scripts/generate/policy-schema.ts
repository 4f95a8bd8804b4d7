/** policy.schema.json: what an editor knows of a policy while it is written. The program itself knows more. */
import { policyKeys, ruleKeys } from '../../src/config/policy-keys.ts';
import type { KeyDefinition, KeyForm } from '../../src/config/policy-keys.ts';

type Schema = Readonly<Record<string, unknown>>;

export function renderPolicySchema(): string {
  const schema: Schema = {
    // The draft that every editor's YAML support knows.
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'https://raw.githubusercontent.com/OWNER/registry-prune/v1/policy.schema.json',
    $comment: 'Generated from src/config/ by `node scripts/generate.ts`: change the definitions there.',
    title: 'Policy of registry-prune',
    description:
      'Which tags of a container registry may be deleted: several rules, the first that matches a tag governs it.',
    ...mapOf(policyKeys),
    definitions: {
      rule: { description: 'Says of the tags that match it which of them may go.', ...mapOf(ruleKeys) },
      patterns: {
        description: 'One a line or comma-separated, or a list.',
        anyOf: [{ $ref: '#/definitions/pattern' }, { type: 'array', items: { $ref: '#/definitions/pattern' } }],
      },
      pattern: {
        description: 'Read as text, as it is written: `1.10` is not 1.1.',
        // An editor takes `1.10` and `true` for something else than text.
        type: ['string', 'number', 'boolean'],
        // A quoted `""` or only spaces.
        pattern: '\\S',
      },
    },
  };
  const text = JSON.stringify(schema, undefined, 2);
  // Short lists on one line, as Prettier leaves them.
  const list = /\[\n\s+([^[\]{}]*)\n\s+\]/g;
  return `${text.replace(list, (_, items: string) => `[${items.replace(/\n\s+/g, ' ')}]`)}\n`;
}

function mapOf(keys: readonly KeyDefinition[]): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    required: keys.filter((key) => key.required).map((key) => key.name),
    properties: Object.fromEntries(keys.map((key) => [key.name, propertyOf(key)])),
  };
}

function propertyOf({ form, description, default: otherwise }: KeyDefinition): Schema {
  return { description, ...(otherwise !== undefined && { default: otherwise }), ...forms[form] };
}

const forms: Readonly<Record<KeyForm, Schema>> = {
  version: { enum: [1, '1'] },
  // Draft 7 knows nothing beside a $ref, and the description of each key stands beside it.
  patterns: { allOf: [{ $ref: '#/definitions/patterns' }] },
  count: {
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: '^\\d+$' },
    ],
  },
  duration: { type: 'string', pattern: '^\\s*(?:\\d|[pP])' },
  'rule name': { type: ['string', 'number', 'boolean'], pattern: '\\S', not: { const: 'inputs' } },
  'repository on GitHub': { type: 'string', pattern: '^[^/\\s]+/[^/\\s]+$' },
  rules: { type: 'array', minItems: 1, items: { $ref: '#/definitions/rule' } },
};
