/** A decision in words: the rule, the condition, the evidence. */
import type { Created, Decision, Evidence, Instant } from '../model/index.ts';
import { inputsRule } from '../policy/index.ts';
import { renderCount, renderDigest, renderDuration, renderInstant, renderOrdinal } from './words.ts';

/**
 * Why, in one line: `rule 'releases': 3rd newest of 20 by version 2.4.1, keep-last is 5`. The one rule that the inputs
 * make has no name worth saying.
 */
export function explain(decision: Decision): string {
  const reasons = decision.because.map(explainEvidence).join('; ');
  const named = decision.rule !== undefined && decision.rule !== inputsRule;
  const rule = named ? `rule '${decision.rule}': ` : '';
  const image =
    decision.verdict === 'delete' && decision.image === 'kept' ? '; its image stays, something kept holds it' : '';
  return `${rule}${reasons}${image}`;
}

export function explainEvidence(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'no-rule':
      return 'no rule names it';
    case 'keep-tags':
      return `keep-tags has ${evidence.pattern}`;
    case 'referenced':
      return `${evidence.file}:${evidence.line} names ${evidence.as}`;
    case 'rank': {
      const name = evidence.live === true ? 'keep-last-live' : 'keep-last';
      if (evidence.keepLast === 0) return `${name} is 0`;
      const among = evidence.prerelease ? renderCount(evidence.of, 'prerelease') : String(evidence.of);
      const group = evidence.group.length === 0 ? '' : ` in group ${evidence.group.join(', ')}`;
      const place = evidence.position === 1 ? 'newest' : `${renderOrdinal(evidence.position)} newest`;
      const by =
        evidence.by === 'created' ? `date ${renderInstant(evidence.value)}` : `${evidence.by} ${evidence.value}`;
      return `${place} of ${among}${group} by ${by}, ${name} is ${evidence.keepLast}`;
    }
    case 'age': {
      const { from: source } = evidence;
      const pushed = source !== 'tag' && source.kind === 'known' && source.source === 'push';
      const from = source === 'tag' ? 'dated by its tag' : pushed ? 'pushed' : 'image created';
      // A tag that names a day is as old as that day's end, which today is still to come.
      const when =
        evidence.seconds < 0
          ? `${renderDuration(-evidence.seconds)} from now`
          : `${renderDuration(evidence.seconds)} ago`;
      return `${from} ${when}, older-than is ${renderDuration(evidence.limitSeconds)}`;
    }
    case 'undated':
      return `${explainUndated(evidence.created)}, so nothing tells how old it is; a pattern with {version}, {number} or {date} needs no date${isPushUnknown(evidence.created) ? '' : ', nor does date-source: pushed'}`;
    case 'ambiguous':
      return `it can be read in ${renderCount(evidence.readings.length, 'way')} and one of them keeps it: ${evidence.readings.join(' | ')}`;
    case 'attachment':
      return `attached to ${renderDigest(evidence.of)}, goes and stays with it`;
    case 'another-source':
      return `its image says that it was built from ${evidence.source}, not from ${evidence.repo}`;
    case 'untagged':
      return explainUntagged(evidence.revisedAt);
    case 'unreadable':
      return `it could not be read: ${evidence.why}`;
    case 'ghost':
      return 'listed, with nothing behind it';
    case 'placeholder':
      return 'a placeholder that an interrupted run left';
    case 'other-event':
      return `the event is about ${evidence.event}`;
    case 'not-planned':
      return 'the plan does not name it';
    case 'pull-request':
      return evidence.state === 'not-found'
        ? `${evidence.repo} has no pull request ${evidence.number}`
        : `pull request ${evidence.number} is ${evidence.state}`;
    case 'branch':
      return evidence.liveAs === undefined
        ? `no branch or git tag of ${evidence.repo} gives ${evidence.text}`
        : `${evidence.liveAs} of ${evidence.repo} is alive`;
  }
}

/** Of a manifest that nothing reaches; when it was last pushed is not known of every one. */
export function explainUntagged(revisedAt: Instant | undefined): string {
  const pushed = revisedAt === undefined ? '' : `, last pushed ${renderInstant(revisedAt)}`;
  return `nothing that stays reaches it${pushed}`;
}

function isPushUnknown(created: Created): boolean {
  return created.kind === 'unknown' && created.why === 'push-unknown';
}

function explainUndated(created: Created): string {
  if (created.kind === 'known') return `its image says ${created.at}`;
  switch (created.why) {
    case 'absent':
      return 'its image says no date';
    case 'before-2000':
      return 'its image says a date before 2000, as reproducible builds do';
    case 'in-the-future':
      return 'its image says a date in the future';
    case 'not-an-image':
      return 'it is no image and says no date';
    case 'unreadable':
      return 'the date of its image can not be read';
    case 'push-unknown':
      return 'the storage does not tell when it was pushed';
    case 'not-asked':
      return 'its date was not asked for';
  }
}
