import { createHash } from 'node:crypto';

/** A code that the prompt asks for, as its list names it. */
interface Asked {
  readonly code: string;
  readonly description: string;
}

/** What the test endpoint reads out of a prompt. */
export interface ReadPrompt {
  readonly asked: readonly Asked[];
  readonly words: number;
  /** The prompt tells why an earlier note was rejected. */
  readonly repair: boolean;
  /** The longest line of the prompt's examples, or of the prompt where it has none: to copy. */
  readonly longest: string;
  /** First 16 hex digits of the SHA-256 of all messages. */
  readonly hash: string;
  readonly characters: number;
}

export interface Message {
  readonly role: string;
  readonly content: string;
}

const codeLine = /^- (?=\S*\d)([A-Z0-9][A-Z0-9.]{1,8}) (.+)$/;

export function readPrompt(messages: readonly Message[]): ReadPrompt {
  const last = messages.findLast((message) => message.role === 'user' && /^- /m.test(message.content))?.content ?? '';
  const asked = new Map<string, Asked>();
  for (const line of last.split('\n')) {
    const match = codeLine.exec(line);
    if (match !== null) asked.set(match[1]!, { code: match[1]!, description: match[2]!.trim() });
  }
  const quoted = last.split('<<<EXAMPLE').slice(1);
  const copied = quoted.length === 0 ? last : quoted.map((part) => part.split('EXAMPLE>>>')[0]).join('\n');
  const longest = copied.split('\n').reduce((a, b) => (b.length > a.length ? b : a));
  const everything = messages.map((message) => message.content).join('\n');
  return {
    asked: [...asked.values()],
    words: Number(/about (\d{2,5}) words/.exec(everything)?.[1] ?? 160),
    repair: /(was|were) rejected|previous (note|attempt|version)/i.test(everything),
    longest,
    hash: createHash('sha256').update(everything).digest('hex').slice(0, 16),
    characters: everything.length,
  };
}

const statements: readonly ((name: string) => string)[] = [
  (name) => `The patient was evaluated and treated for ${name}.`,
  (name) => `Findings on the ward were consistent with ${name}, which was managed by the team.`,
  (name) => `${capital(name)} was confirmed and followed daily.`,
  (name) => `The course included ${name}, reviewed on rounds.`,
  (name) => `The patient also carries ${name}, addressed during the stay.`,
  (name) => `Assessment: ${name}.`,
  (name) => `Care was directed at ${name} as well.`,
];

const fillers: readonly string[] = [
  'The team discussed the plan with the patient and the family, who agreed with it.',
  'Vital signs were followed every four hours and stayed steady through the second half of the stay.',
  'Diet was advanced as tolerated and the appetite came back slowly.',
  'Physical therapy saw the patient each morning and walked the length of the hall.',
  'Medicines were reconciled with the outpatient list before leaving.',
  'Laboratory values were trended and reviewed on morning rounds.',
  'The nurse went over the instructions and the patient repeated them in own words.',
  'Follow up with the primary care office was arranged within two weeks.',
  'Sleep was fair and comfort was acceptable with scheduled oral medicine.',
  'Social work met the family and confirmed support at home.',
];

/** A plausible plain note, the same for the same prompt, seed and count, that states every description of the list. */
export function writeNote(prompt: ReadPrompt, names: readonly string[], random: () => number): string {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const [target, ...rest] = names;
  const course = rest.map((name) => pick(statements)(name));
  const parts = [
    `Chief complaint: admitted because of ${target ?? 'a planned evaluation'}.`,
    `History of present illness: an adult brought in by the family. ${target === undefined ? '' : pick(statements)(target)}`,
    `Hospital course: ${course.join(' ')}`,
  ];
  let count = parts.join(' ').split(' ').length;
  const care: string[] = [];
  while (count < prompt.words * 0.95 || care.length < 4) {
    const sentence = pick(fillers);
    care.push(sentence);
    count += sentence.split(' ').length;
  }
  parts.push(`Care: ${care.join(' ')}`, 'Disposition: home in stable condition.');
  return parts.join('\n\n');
}

export const OTHER_LANGUAGE =
  'El paciente ingresa por dolor de varios días de evolución y se decide su ingreso para estudio. Durante la estancia presenta ' +
  'buena evolución clínica, con mejoría progresiva de los síntomas y buena tolerancia a la dieta. Se explica al paciente y a la ' +
  'familia el plan de tratamiento, que aceptan. Al alta se encuentra estable y deambula sin ayuda. Se recomienda seguimiento por ' +
  'su médico de cabecera en dos semanas y acudir a urgencias si los síntomas empeoran o aparecen otros nuevos en su domicilio.';

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
