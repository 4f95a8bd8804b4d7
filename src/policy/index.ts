/** policy/ (pure): which tags may go, and why. Rules are read once, then asked about each repository. */
export { decide, type DecideInput } from './decide.ts';
export { parseDuration } from './duration.ts';
export { RuleError } from './error.ts';
export { imageDates } from './image-dates.ts';
export { needs, type Ask, type Needs } from './needs.ts';
export { indexReferences, namedDigests, type ReferenceTo } from './references.ts';
export { refTexts } from './ref-texts.ts';
export { untagged, type Untagged, type UntaggedInput } from './untagged.ts';
export { inputsRule, makeKeepTags, makeRule, noRule, type Policy, type Rule, type RuleParts } from './rule.ts';
