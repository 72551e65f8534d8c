/** British spellings inside clinical words, brought to the American ones that ICD titles use. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/ae(?!r|$)/g, 'e'],
  [/^aer(?=emia)/g, 'er'],
  [/oe(?=dem|soph|str|tus|tal|liac|lia$|gen|niti|o?path)/g, 'e'],
  [/rrhoe/g, 'rrhe'],
  [/pnoe/g, 'pne'],
  [/homoeo/g, 'homeo'],
  [/leuco(?=cyt|pen)/g, 'leuko'],
  [/sulph/g, 'sulf'],
  [/([lmviab])our(s?|ed|ing|al|ous)$/g, '$1or$2'],
  [/^(fib|cent|tit|lit|calib)re(s?)$/g, '$1er$2'],
  [/is(ation|ations)$/g, 'iz$1'],
  [/([lnrt]i|al|an|on|or|er|at)s(ed|ing)$/g, '$1z$2'],
  [/yz/g, 'ys'],
];

/** Plurals that no suffix rule gives, and a word whose stem would be the classification's "NOS". */
const IRREGULAR: Record<string, string> = {
  calculi: 'calculus',
  bacteria: 'bacterium',
  diverticula: 'diverticulum',
  foci: 'focus',
  emboli: 'embolus',
  thrombi: 'thrombus',
  bronchi: 'bronchus',
  fungi: 'fungus',
  nuclei: 'nucleus',
  teeth: 'tooth',
  feet: 'foot',
  men: 'man',
  women: 'woman',
  children: 'child',
  ganglia: 'ganglion',
  ova: 'ovum',
  vertebrae: 'vertebra',
  phalanges: 'phalanx',
  metastases: 'metastasis',
  nose: 'nasal',
  noses: 'nasal',
};

/** Words of one family that name the same thing in a title and in a note; the value is the form that stands for all. */
const FAMILIES: Record<string, readonly string[]> = {
  kidney: ['renal'],
  heart: ['cardiac'],
  liver: ['hepatic'],
  lung: ['pulmonary'],
  stomach: ['gastric'],
  diabetes: ['diabetic', 'diabetics'],
  hypertension: ['hypertensive'],
  obesity: ['obese'],
  sepsis: ['septic', 'septicemia'],
  anemia: ['anemic'],
  infection: ['infected', 'infectious', 'infective'],
  ulcer: ['ulceration', 'ulcerated', 'ulcerative'],
  neoplasm: ['tumor', 'tumour'],
  cirrhosis: ['cirrhotic'],
  ischemia: ['ischemic'],
  fibrosis: ['fibrotic'],
  thrombosis: ['thrombotic', 'thrombosed', 'thrombus'],
  embolism: ['embolic', 'embolus'],
  stenosis: ['stenotic', 'stenosed'],
  calculus: ['stone', 'stones', 'lithiasis'],
  obstruction: ['obstructed', 'obstructing'],
  inflammation: ['inflamed'],
  perforation: ['perforated'],
  dislocation: ['dislocated'],
  laceration: ['lacerated'],
  allergy: ['allergic'],
  dependence: ['dependent', 'dependency'],
  depression: ['depressive', 'depressed'],
  anxiety: ['anxious'],
  malnutrition: ['malnourished'],
  dementia: ['demented'],
  hemorrhage: ['hemorrhagic'],
  alcohol: ['alcoholic'],
  rheumatoid: ['rheumatic'],
  amputation: ['amputated', 'amputee'],
  absence: ['absent'],
  fracture: ['fractured', 'fx'],
  burn: ['burnt'],
  dysfunction: ['dysfunctional'],
  occlusion: ['occluded', 'occlusive'],
  constriction: ['constrictive'],
  hyperplasia: ['hyperplastic'],
  necrosis: ['necrotic'],
  paralysis: ['paralyzed', 'paralytic'],
  artery: ['arterial'],
  vein: ['venous'],
  abdomen: ['abdominal'],
  bladder: ['vesical'],
  joint: ['articular'],
  pain: ['painful'],
  pallor: ['pale'],
  swelling: ['swollen'],
  enlargement: ['enlarged'],
  anticoagulant: ['anticoagulation', 'anticoagulated'],
  homelessness: ['homeless'],
  without: ['no', 'w/o'],
};

const familyOf = new Map<string, string>();
for (const [head, members] of Object.entries(FAMILIES)) {
  for (const member of [head, ...members]) familyOf.set(stem(americanise(member)), stem(head));
}

/** Words seen so far; clinical vocabulary is far below the limit, hostile text is not. */
const seen = new Map<string, string>();
const seenLimit = 100_000;

/**
 * The form under which a word is matched: no diacritics, no possessive, American spelling, one stem for plurals, past and
 * -ing forms, and one head for words of the same clinical family (renal, kidney).
 *
 * @param lower a word or number in lower case
 */
export function normalForm(lower: string): string {
  const known = seen.get(lower);
  if (known !== undefined) return known;
  const spelt = americanise(plain(lower));
  const stemmed = stem(spelt);
  const form = familyOf.get(stemmed) ?? stemmed;
  if (seen.size >= seenLimit) seen.clear();
  seen.set(lower, form);
  return form;
}

function plain(lower: string): string {
  return lower
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/['’]s$/, '')
    .replace(/['’]/g, '')
    .replaceAll('-', '');
}

function americanise(word: string): string {
  return word.length < 5
    ? word
    : SPELLINGS.reduce((spelt, [british, american]) => spelt.replace(british, american), word);
}

/** A light stemmer: plurals, -ed, -ing and final e; nothing that changes what a clinical word names. */
function stem(word: string): string {
  const irregular = IRREGULAR[word];
  if (irregular !== undefined) return stem(irregular);
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  const singular = singularOf(word);
  if (singular.length >= 6 && /[aeiouy].*ing$/.test(singular)) return undouble(singular.slice(0, -3));
  if (singular.length >= 6 && /[aeiouy].*ed$/.test(singular)) return undouble(singular.slice(0, -2));
  return singular.length > 3 ? singular.replace(/e$/, '') : singular;
}

function singularOf(word: string): string {
  if (word.endsWith('sis')) return word.slice(0, -2);
  if (word.endsWith('ies') && word.length > 5) return `${word.slice(0, -3)}y`;
  if (/(?:s|x|ch|sh|z)es$/.test(word)) return word.slice(0, -2);
  if (word.endsWith('ae')) return word.slice(0, -1);
  return /[^suio]s$/.test(word) ? word.slice(0, -1) : word;
}

function undouble(word: string): string {
  return /([bdgmnprt])\1$/.test(word) ? word.slice(0, -1) : word;
}
