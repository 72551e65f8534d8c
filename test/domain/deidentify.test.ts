import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { deidentify } from '../../src/domain/deidentify.ts';

describe('de-identification', () => {
  test.each([
    ['Mr. Smith came in.', 'Mr. [name] came in.'],
    ["Mrs O'Brien-Jones slept.", 'Mrs [name] slept.'],
    ['Seen by Dr. Jane van Dyke today.', 'Seen by Dr. [name] today.'],
    ['Name: John Q. Public', 'Name: [name]'],
    ['Attending: Sarah Connor, MD', 'Attending: [name], MD'],
    ['Read by Li Wei, M.D.', 'Read by [name], M.D.'],
    ['Martha Collins is a 50-year-old woman.', '[name] is a 50-year-old woman.'],
    ['Dr. Meyer called. Later Meyer agreed.', 'Dr. [name] called. Later [name] agreed.'],
    ['Seen on 03/14/2019.', 'Seen on [date].'],
    ['Seen on 2019-03-14.', 'Seen on [date].'],
    ['Since 03/2019.', 'Since [date].'],
    ['On January 5th, 2019 and 12 March 2020.', 'On [date] and [date].'],
    ['Back in March 2020.', 'Back in [date].'],
    ['Admitted 3/4.', 'Admitted [date].'],
    ['Call (617) 555-1234 or 617-555-9876.', 'Call [phone] or [phone].'],
    ['Pager: 55 12 34', 'Pager: [phone]'],
    ['Write to a.b@c.org.', 'Write to [email].'],
    ['See https://x.example/y?z=1.', 'See [url].'],
    ['From 10.0.0.12.', 'From [ip].'],
    ['SSN 123-45-6789.', 'SSN [ssn].'],
    ['MRN: 00-123456', 'MRN: [id-number]'],
    ['Account #: 77812345', 'Account #: [id-number]'],
    ['A 93-year-old man', 'A [age]-year-old man'],
    ['Patient aged 95.', 'Patient aged [age].'],
    ['Lives at 123 N Main Street, Boston, MA 02115-1234.', 'Lives at [address], Boston, MA [zip].'],
    ['[**Known lastname 123**] on [**2101-10-20**]', '[residue] on [residue]'],
    ['___ is a lady', '[residue] is a lady'],
  ])('%s', (text, scrubbed) => {
    expect(deidentify(text).text).toBe(scrubbed);
  });

  test.each([
    'BP 120/80, HR 72, T 98.6 F, RR 16, SpO2 97%.',
    'Fracture of T10/11 and L4-5; strength 5/5, murmur 2/6, Apgar 8/9.',
    'K 4.5, Na 138, WBC 10.2, Hgb 12.1, INR 2.5, pH 7.35, EF 55%.',
    'Metoprolol 25 mg, 1/2 tablet; heparin 5000 units; insulin 10-10-8 units.',
    'She may take 5 mg. In March he felt well. May 5 mg be given?',
    'A 45-year-old man with 30 pack-years.',
    "Parkinson's disease and Crohn disease.",
    'Gravida 3 para 2, 39 weeks.',
    'Lactate 101 mg, ferritin 95, glucose 123.',
    'He is a 60-year-old. The patient is a 70-year-old.',
  ])('clinical numbers and names of diseases stay: %s', (text) => {
    expect(deidentify(text)).toEqual({ text, replaced: {} });
  });

  test('an eponym stays where a person of that name is scrubbed', () => {
    expect(deidentify("Dr. Parkinson treats Parkinson's disease.").text).toBe("Dr. [name] treats Parkinson's disease.");
  });

  test('counts what it replaced', () => {
    expect(deidentify('Mr. Smith, 1/2/2020 and 3/4/2021').replaced).toEqual({ name: 1, date: 2 });
  });

  test('a second pass changes nothing', () => {
    const piece = fc.constantFrom(
      'Mr. ',
      'Dr. ',
      'Smith',
      'Name: ',
      'Li Wei',
      ', MD',
      '03/14/2019',
      ' 3/4',
      'on ',
      'MRN ',
      '12345678',
      '617-555-1234',
      'aged 95',
      ' ',
      '\n',
      '___',
      '[**',
      '**]',
      'May 5',
      '2020',
      'a@b.cd',
      '.',
      '-',
      'is a 50-year-old',
      '[name]',
      'MA 02115',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (parts) => {
        const once = deidentify(parts.join(''));
        expect(deidentify(once.text)).toEqual({ text: once.text, replaced: {} });
      }),
      { numRuns: 500 },
    );
  });
});
