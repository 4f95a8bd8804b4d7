/** A workload's selector as kubectl takes it: `app=registry,tier in (a,b)` (pure). */
import type { WorkloadFacts } from './objects.ts';

// Kubernetes, "Labels and Selectors": an optional prefix and a name; a value may be empty.
const key = /^(?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const value = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

type Selector = Pick<WorkloadFacts, 'labels' | 'expressions'>;

/**
 * `undefined` where it isn't to be trusted with finding the registry's pods and no others: empty, against the grammar, or so
 * that a pod without labels would match, as the collector's own has none of the workload's.
 */
export function renderSelector({ labels, expressions }: Selector): string | undefined {
  const named = labels.map(([name, wanted]) =>
    key.test(name) && value.test(wanted) ? `${name}=${wanted}` : undefined,
  );
  const expressed = expressions.map((each) => renderExpression(each));
  const parts = [...named, ...expressed];
  if (parts.some((part) => part === undefined)) return undefined;
  const demands = labels.length > 0 || expressions.some(({ operator }) => operator === 'In' || operator === 'Exists');
  return demands ? parts.join(',') : undefined;
}

function renderExpression({ key: name, operator, values }: Selector['expressions'][number]): string | undefined {
  if (!key.test(name) || !values.every((each) => value.test(each))) return undefined;
  switch (operator) {
    case 'In':
      return `${name} in (${values.join(',')})`;
    case 'NotIn':
      return `${name} notin (${values.join(',')})`;
    case 'Exists':
      return name;
    case 'DoesNotExist':
      return `!${name}`;
    default:
      return undefined;
  }
}
