import { capitalised } from './clinician-name.ts';
import { isMostlyEnglish } from './language.ts';
import type { Random } from './seed.ts';
import { tokenise } from './tokens.ts';

const FEWEST_WORDS = 6;
const MOST_WORDS = 30;

/** Words that deny, doubt, postpone or blame: near them a code of the set might count as negated or as somebody else's. */
const TURNING =
  /\b(?:no|not|nor|neither|never|none|without|denie[sd]|deny|denying|absen(?:t|ce)|negative|lack(?:s|ed|ing)?|fail(?:s|ed)?|free|ruled?|unlikely|possibl[ey]|probabl[ey]|suspect(?:s|ed)?|if|unless|risk|prevent(?:s|ed|ion)?|screen(?:ing|ed)?|but|however|although|though|despite|histor(?:y|ical)|former(?:ly)?|mother|father|brother|sister|parents?|aunt|uncle|grand\w+|refus(?:e[sd]?|ing)|instead|unable|cannot|\w+n['’]t)\b/i;

/** Words that name a finding, a disease or an operation, by themselves or by their endings. */
const CLINICAL =
  /\b(?:pain\w*|ache\w*|fever\w*|diseases?|disorders?|syndromes?|conditions?|illness\w*|infect\w*|inflam\w*|cancer\w*|tumou?rs?|malignan\w*|chemo\w*|radiation|stroke|seizures?|fractur\w*|injur\w*|wounds?|bleed\w*|blood|diabet\w*|insulin|hypertens\w*|pressure|heart|cardiac|lungs?|kidneys?|liver|brain|pneumon\w*|asthma\w*|sepsis|septic|shock|coma|nause\w*|vomit\w*|diarrh\w*|cough\w*|rash\w*|swell\w*|swollen|sick\w*|dizz\w*|weak\w*|fatigue\w*|depress\w*|anxi\w*|confus\w*|dement\w*|alcohol\w*|wine|beer|drunk|smok\w*|drugs?|overdose\w*|pregnan\w*|birth|baby|labor|surg\w*|operat\w*|transplant\w*|amput\w*|implant\w*|biops\w*|allerg\w*|emergenc\w*|critical\w*|intensive|icu|died|dead|death|dying|symptoms?|diagnos\w*|complain\w*|complication\w*|abnormal\w*|cuts?|burn\w*|fell|falls?|fallen|accident\w*|virus\w*|covid\w*|pandemic|bacteri\w*|antibiotic\w*|dos(?:e|es|age)|\w{3,}(?:itis|osis|emia|aemia|uria|oma|omas|pathy|algia|plegia|ectomy|otomy|ostomy|plasty|scopy|rrhage|rrhea|cele|lysis|trophy|plasia|penia))\b/i;

/** A sentence about something else than a day on a ward holds none of these. */
const WARD =
  /\b(?:bed|bedside|ward|hall|corridor|room|window|chair|pillow|blanket|nurses?|staff|therapist|physiotherapist|rounds|meals?|breakfast|lunch|dinner|supper|tea|coffee|soup|water|ate|eating|drank|slept|sleep|rest(?:ed|ing)?|walk(?:ed|s|ing)?|stairs|exercises?|stretch\w*|wash(?:ed|ing)?|dressed|shower\w*|read|reading|newspaper|book|radio|music|talk(?:ed|s|ing)?|plan|questions?|home)\b/i;

/** Talk about the task, another speaker, or a made-up name. */
const OUT_OF_PLACE =
  /["“”()[\]{}<>*#:_/\\]|\b(?:I|I'm|me|my|we|our|you|your|sentence|note|Dr|Mr|Mrs|Ms|hospital's|AI)\b/;

/** A capital inside a sentence. */
const NAME = /[a-z,] \p{Lu}/u;

const OTHER_PATIENT = {
  F: /\b(?:he|him|his|himself)\b/i,
  M: /\b(?:she|her|hers|herself)\b/i,
  unknown: /\b(?:he|him|his|himself|she|her|hers|herself)\b/i,
} as const;

/**
 * The first sentence of what a small model wrote, when a note can take it: 6 to 30 English words that state something plain about the
 * stay, without figures, names, clinical words of its own, denial or doubt, and in keeping with the patient's sex. Null otherwise.
 */
export function acceptedSentence(written: string, sex: 'F' | 'M' | null): string | null {
  const sentence = /^[^.!?\n]+\./.exec(written.trim())?.[0];
  if (sentence === undefined || !/^\p{Lu}/u.test(sentence)) return null;
  const tokens = tokenise(sentence);
  const words = tokens.filter(({ kind }) => kind === 'word');
  if (words.length < FEWEST_WORDS || words.length > MOST_WORDS) return null;
  const told = sentence.replace(/^[^,]*, /, ''); // "After lunch, ..." says nothing yet
  const otherPatient = OTHER_PATIENT[sex ?? 'unknown'];
  const unfit = [/\d/, TURNING, CLINICAL, OUT_OF_PLACE, NAME, otherPatient].some((pattern) => pattern.test(sentence));
  return unfit || !WARD.test(told) || !isMostlyEnglish(tokens) ? null : sentence;
}

const EXAMPLES: readonly string[] = [
  'SUBJECT rested in bed and ate half of the lunch.',
  'SUBJECT walked to the end of the hall with the therapist.',
  'SUBJECT read the newspaper and talked with the nurse about going home.',
  'SUBJECT slept well and asked for tea in the morning.',
  'SUBJECT listened to the plan for the week and had good questions.',
  'SUBJECT sat in the chair by the window for most of the afternoon.',
  'SUBJECT washed and dressed with little help before breakfast.',
  'SUBJECT practiced the stairs twice and then rested for an hour.',
];

const STARTS: readonly string[] = [
  'SUBJECT',
  'In the morning, SUBJECT',
  'After lunch, SUBJECT',
  'In the evening, SUBJECT',
  'With the therapist, SUBJECT',
  'During rounds, SUBJECT',
  'After breakfast, SUBJECT',
];

/** A text that a small model goes on from with the rest of a sentence about a day on the ward. It holds no fact of the patient but the sex. */
export function sentencePrompt(
  sex: 'F' | 'M' | null,
  random: Random,
): { readonly prompt: string; readonly start: string } {
  const subject = sex === 'F' ? 'she' : sex === 'M' ? 'he' : 'the patient';
  const say = (template: string): string => capitalised(template.replace('SUBJECT', subject));
  const start = say(random.shuffled(STARTS)[0]!);
  const examples = random
    .shuffled(EXAMPLES)
    .slice(0, 4)
    .map((example) => `- ${say(example)}`);
  return {
    start,
    prompt: [
      'The ward nurse writes plain short sentences about the day of one patient.',
      '',
      ...examples,
      `- ${start}`,
    ].join('\n'),
  };
}
