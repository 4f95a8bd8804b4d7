import { describe, expect, test } from '@jest/globals';
import { renderSelector } from '../../../src/machine/kubernetes/selector.ts';

const labels = (entries: Readonly<Record<string, string>>) => Object.entries(entries);
const expression = (key: string, operator: string, ...values: readonly string[]) => ({
  key,
  operator,
  values: [...values],
});

describe("a workload's selector as kubectl takes it", () => {
  test.each([
    [{ app: 'registry' }, [], 'app=registry'],
    [
      { 'app.kubernetes.io/name': 'docker-registry', release: '' },
      [],
      'app.kubernetes.io/name=docker-registry,release=',
    ],
    [{}, [expression('tier', 'In', 'a', 'b')], 'tier in (a,b)'],
    [
      { app: 'r' },
      [expression('tier', 'NotIn', 'a'), expression('old', 'DoesNotExist'), expression('x', 'Exists')],
      'app=r,tier notin (a),!old,x',
    ],
  ])('%j %j', (matchLabels, expressions, text) => {
    expect(renderSelector({ labels: labels(matchLabels), expressions })).toBe(text);
  });

  test.each([
    ['nothing', {}, []],
    ['what a pod without labels would match', {}, [expression('app', 'NotIn', 'other')]],
    ['that as well', {}, [expression('old', 'DoesNotExist')]],
    ['a label that is none', { 'app;reboot': 'x' }, []],
    ['a value that is none', { app: 'a,b' }, []],
    ['a value of an expression that is none', {}, [expression('app', 'In', 'a) or (b')]],
    ['an operator that nobody knows', {}, [expression('app', 'Like', 'a')]],
  ])('is not trusted: %s', (_, matchLabels, expressions) => {
    expect(renderSelector({ labels: labels(matchLabels), expressions })).toBeUndefined();
  });
});
