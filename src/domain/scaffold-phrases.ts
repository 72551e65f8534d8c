import type { Topic } from './scaffold-topics.ts';

/**
 * What the embedded writer says. In every phrase `{a|b}` is a choice; `NAME` is the name of a code, `Name` the same with a capital;
 * `SUBJECT`, `Subject` and `POSSESSIVE` follow the patient's sex. Nothing here names a finding, a drug or a diagnosis, and nothing negates.
 */

/** One sentence that states the code; the first one of a topic is also the plainest. */
export const STATEMENTS: Readonly<Record<Topic, readonly string[]>> = {
  condition: [
    '{Diagnosis|Assessment|Impression}: NAME.',
    '{The patient|Subject} {has|carries a diagnosis of} NAME.',
    '{The team|We|The admitting team} {addressed|followed|treated|managed} NAME {during this stay|throughout the stay|on the ward}.',
    'Name was {reviewed|followed|addressed|managed} {on daily rounds|by the primary team|together with the consulting service}.',
    'Care {was directed at|centered on} NAME.',
    '{Also present|Active problem|Among the active problems}: NAME.',
    '{The work-up|The evaluation} {supported|confirmed|was consistent with} NAME.',
    '{Treatment|The plan} for NAME {was continued|was set out with the patient|went on as planned}.',
  ],
  symptom: [
    '{Presenting problem|Reported symptom|Complaint}: NAME.',
    '{Subject|The patient} {presented with|reported|came in with|described} NAME.',
    'Name was {noted|recorded} {on arrival|on admission|at the bedside}.',
    '{The admitting team|The team} {noted|documented} NAME.',
  ],
  injury: [
    '{Injury|Assessment}: NAME.',
    '{Subject|The patient} {sustained|was treated for} NAME.',
    '{Examination|Imaging and examination} {showed|confirmed} NAME.',
    '{The surgical team|The team} {managed|cared for} NAME.',
  ],
  neoplasm: [
    '{Oncologic diagnosis|Diagnosis}: NAME.',
    '{Subject|The patient} {is followed for|is under treatment for|has} NAME.',
    '{The oncology service|Oncology} {reviewed|followed} NAME {during the stay|and updated the plan}.',
  ],
  pregnancy: [
    '{Obstetric diagnosis|Obstetric assessment}: NAME.',
    '{The obstetric team|Obstetrics} {managed|followed} NAME.',
    '{The obstetric course|This pregnancy} {included|was marked by} NAME.',
  ],
  newborn: [
    '{Neonatal assessment|Neonatal diagnosis}: NAME.',
    '{The nursery team|Neonatology} {followed|managed} NAME.',
    '{The newborn course|The nursery course} {included|was marked by} NAME.',
  ],
  circumstance: ['{Circumstances|Mechanism|Context}: NAME.', '{The event was recorded as|The record describes} NAME.'],
  family: ['{Relevant background|Background}: NAME.', '{The record|The chart} {documents|lists} NAME.'],
  history: ['{Relevant background|Background|Known}: NAME.', '{The record|The chart} {documents|lists} NAME.'],
  status: [
    '{Noted as well|Also recorded|Relevant to this stay|Background}: NAME.',
    '{The record|The chart} {documents|lists} NAME.',
    '{The team|The plan of care} took account of NAME.',
  ],
  procedure: [
    '{Procedure|Procedure performed|Intervention}: NAME.',
    '{The patient|Subject} underwent NAME.',
    'Name was performed {during this stay|by the responsible service}.',
  ],
};

/** How the stay begins, before the codes. */
export const OPENINGS: readonly string[] = [
  'PERSON {was admitted to|was brought to|came to} the {medical|inpatient|acute care} {ward|service|unit} {for evaluation and treatment|from the clinic|after review in the emergency department}.',
  'This is PERSON {who was admitted|who was referred} {by the primary care office|through the emergency department|from an outside clinic} {for further care|for evaluation}.',
  'PERSON {presented to|was seen in} the {emergency department|urgent clinic} and was {kept for inpatient care|taken into the care of the ward team}.',
  'We {saw|received|cared for} PERSON, {admitted in the course of the day|admitted overnight|transferred for specialist review}.',
];

/** What follows when the story of a stay is told: nothing that a coder would code. */
export const CARE: readonly string[] = [
  '{The plan|The plan of care} was {discussed|talked through|reviewed} with {the patient|the patient at the bedside} and {agreed|accepted}.',
  'Vital signs were {followed|charted|recorded} {every four hours|on each shift|at regular intervals} and {stayed steady|held steady} {through the second half of the stay|toward the end of the stay}.',
  'Diet was {advanced|stepped up} {as tolerated|day by day}, and appetite {returned|came back} {slowly|by the third day}.',
  'Physical therapy {saw the patient|worked with the patient} {each morning|on most days}, and {walking distance grew|SUBJECT walked the length of the hall}.',
  'Home medicines were {reconciled|checked against the pharmacy list} {on arrival|on the first day}.',
  'Laboratory values were {trended|followed} {daily|as the team asked for them} and {reviewed on rounds|discussed at handover}.',
  'Nursing {went over|explained} {the daily routine|the next steps}, and SUBJECT {repeated them in POSSESSIVE own words|had good understanding}.',
  'Sleep was {fair|acceptable}, and comfort was {acceptable|good} with {scheduled|the usual} measures.',
  'Social work {met the patient|reviewed support at home} and {confirmed the arrangements|left contact details}.',
  'The {consulting service|consultants} {left recommendations|gave advice}, {all of them carried out|taken over by the team}.',
  'Intake and output were {measured|recorded}, and fluids were {adjusted|given} {accordingly|as the balance required}.',
  '{Subject|The patient} was {up and about|out of bed} {by the second day|within a day}, {first with help, then alone|with the help of the staff}.',
  'Each problem was {gone through|reviewed} on {morning|daily} rounds and the {list|plan} was {brought up to date|updated}.',
  'The {pharmacist|ward pharmacist} {reviewed doses|looked through the chart} and {agreed with the schedule|proposed simpler timing}.',
  'The {evening|night} team {was informed|took over} and {carried the plan on|kept to the plan}.',
  '{Questions|All questions} were {answered|taken up} {at the bedside|during the family meeting|on rounds}.',
];

/** What is said after the name of a problem in a problem list. */
export const MANAGEMENT: readonly string[] = [
  '{Followed|Reviewed} {daily|on rounds}; {the plan was continued|treatment went on as set out}.',
  '{Addressed|Managed} {by the primary team|with the consulting service}; {steady at the end of the stay|course as expected}.',
  '{The home regimen|The earlier regimen} was {continued|kept}, with {follow-up arranged|review in clinic}.',
  '{Recommendations of the consulting service|Suggestions of the consultants} were {followed|put into practice}.',
  '{Discussed|Talked through} with the patient, who {agreed with the plan|had a clear understanding of it}.',
  '{To be reviewed|For review} {in clinic|by the primary care office} {within two weeks|after the stay}.',
  '{Monitored|Observed} on the ward; {the course was steady|progress was made each day}.',
];

export const MEDICATIONS: readonly string[] = [
  '{Continue|Go on with} the {reconciled|updated} list of home medicines; changes are marked on the printed {sheet|schedule}.',
  'Medicines {as on the reconciled list|as reconciled by the ward pharmacist}, {taken as labelled|with the printed schedule}.',
  'The {discharge|updated} list was {printed|handed over} and {gone through line by line|explained by the nurse}.',
];

export const CONDITIONS: readonly string[] = [
  '{Stable|Good|Satisfactory}, {alert and oriented|awake and interactive}, {walking with usual support|at the usual level of activity}.',
  '{Improved|Steady and improved}, {eating and drinking|tolerating diet}, {at ease|comfortable}.',
  '{Stable|Steady} at the time of leaving; {level of activity as before|back to the usual routine}.',
];

export const FOLLOW_UPS: readonly string[] = [
  'An appointment with the primary care office {was made|was arranged} within {one week|two weeks|ten days}.',
  '{Visit|See} the primary care office {in two weeks|within a fortnight|next week}; the {specialty clinic|consulting service} will {call|write} with a date.',
  '{The clinic|The ward} will {call|phone} with the {next appointment|date of the next visit}, and the summary {goes to|was sent to} the primary care office.',
  'Bring {this summary|the medicine list} to the {next visit|first appointment}, and {call the ward|phone the clinic} with any question.',
];

export const DISPOSITIONS: readonly string[] = [
  '{Home|Discharged home} {with usual support|in the company of a companion|by private car}.',
  '{To home|Home}, {services as before the stay|with the printed instructions}.',
  '{Discharged|Released} to {the usual residence|home} {in the afternoon|before noon}.',
];

/** Headings by the part of a note that they open. */
export const HEADINGS = {
  reason: '{Chief complaint|Reason for admission|Reason for visit|Presenting problem}',
  present: '{History of present illness|HPI|Present illness|Presentation}',
  background: '{Past medical history|Background|Relevant history|PMH}',
  course: '{Hospital course|Brief hospital course|Course in hospital|Summary of stay}',
  problems: '{Hospital course by problem|Problem list and plan|Assessment and plan|Problems addressed}',
  diagnoses: '{Discharge diagnoses|Final diagnoses|Diagnoses at discharge|Impression}',
  care: '{General care|Ward care|Other care|Supportive care}',
  medications: '{Discharge medications|Medications|Medication plan}',
  condition: '{Condition at discharge|Discharge condition|Status at discharge}',
  disposition: '{Disposition|Discharge to}',
  followUp: '{Follow-up|Followup plan|Appointments|Next steps}',
} as const;
