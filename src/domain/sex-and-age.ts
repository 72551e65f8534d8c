import type { Code, CodeSystem } from './icd.ts';

/** Whole years, both ends inclusive. */
interface AgeRange {
  readonly min: number;
  readonly max: number;
}

/** What a code says of the patient. */
export interface SexAndAge {
  readonly sex: 'F' | 'M' | null;
  readonly ageRange: AgeRange | null;
}

interface Rule {
  readonly sex?: 'F' | 'M';
  readonly age?: AgeRange;
  /** Undotted codes or their beginnings: `C61` holds for C61 and everything below it. */
  readonly codes: readonly string[];
}

const codes = (text: string): string[] => text.trim().split(/\s+/);

/** Ages of the Medicare Code Editor's age edits. */
const NEWBORN: AgeRange = { min: 0, max: 0 };
const PAEDIATRIC: AgeRange = { min: 0, max: 17 };
const MATERNITY: AgeRange = { min: 12, max: 55 };
const ADULT: AgeRange = { min: 15, max: 124 };

/**
 * The diagnosis lists of the Medicare Code Editor's sex and age edits (CMS, Definitions of Medicare Code Edits: v32 for ICD-9-CM, v37
 * for ICD-10-CM), shortened to beginnings of codes. Beyond the lists: a chapter or category that a list names almost whole counts
 * whole, so that codes younger than the list are covered, and the perinatal chapter of ICD-10-CM (P00-P96 but for
 * P27, chronic lung disease), which v37 no longer lists, counts as newborn like its ICD-9-CM analogue.
 */
const RULES: Record<CodeSystem, readonly Rule[]> = {
  icd10cm: [
    { sex: 'F', age: MATERNITY, codes: codes('A34 C58 D392 F53 M830 O Z037 Z3201 Z33 Z34 Z36 Z37 Z39 Z3A') },
    {
      sex: 'F',
      codes:
        codes(`A1816 A1817 A1818 A5142 A5402 A5403 A5424 A5602 A5611 A5901 A6003 A6004 B373 C5001 C5011 C5021 C5031 C5041 C5051 C5061
        C5081 C5091 C51 C52 C53 C54 C55 C56 C57 C796 D06 D070 D071 D072 D073 D25 D26 D27 D28 D39 E28 E894 F3281 F5222 F5231 F525
        G4382 G4383 I863 L292 N3502 N3512 N3582 N3592 N70 N71 N72 N73 N74 N75 N76 N77 N80 N81 N82 N83 N84 N85 N86 N87 N88 N89 N90
        N91 N92 N93 N94 N95 N96 N97 N98 N9912 N992 N993 N9983 N9985 P546 Q50 Q51 Q52 Q562 Q96 Q97 R87 S30202 S3023 S30814 S30816
        S30824 S30826 S30844 S30846 S30854 S30856 S30864 S30866 S30874 S30876 S3095 S3097 S314 S31502 S31512 S31522 S31532 S31542
        S31552 S3553 S374 S375 S376 S38002 S3803 S3821 T192 T193 T2107 T2117 T2127 T2137 T2147 T2157 T2167 T2177 T833 T83711
        T83721 Y76 Z014 Z124 Z1272 Z1273 Z1332 Z1502 Z1504 Z3001 Z304 Z3143 Z317 Z3181 Z3182 Z3183 Z320 Z4002 Z4003 Z5281 Z640 Z641
        Z780 Z8540 Z8541 Z8542 Z8543 Z8544 Z86001 Z8632 Z8741 Z8742 Z875 Z9071 Z9072 Z975 Z9851 Z98870 Z98891`),
    },
    {
      sex: 'M',
      codes:
        codes(`A1814 A1815 A5422 A5423 A5902 A6001 A6002 B260 B3742 B3881 C5002 C5012 C5022 C5032 C5042 C5052 C5062 C5082 C5092
        C60 C61 C62 C63 D074 D075 D076 D176 D29 D40 E29 E895 F5221 F5232 F524 I861 L291 N3501 N3511 N3581 N3591 N40 N41 N42 N43
        N44 N45 N46 N47 N48 N49 N50 N51 N52 N53 N9911 P835 Q53 Q54 Q55 Q561 Q980 Q981 Q983 Q984 Q986 Q987 Q988 Q989 R361 R3983
        R3984 R86 R9381 R972 S30201 S3021 S3022 S30812 S30813 S30815 S30822 S30823 S30825 S30842 S30843 S30845 S30852 S30853
        S30855 S30862 S30863 S30865 S30872 S30873 S30875 S3093 S3094 S3096 S312 S313 S31501 S31511 S31521 S31531 S31541 S31551
        S3782 S38001 S3801 S3802 S3822 S3823 S39840 T194 T2106 T2116 T2126 T2136 T2146 T2156 T2166 T2176 T83410 T83420 T83490
        Z125 Z1271 Z1503 Z3144 Z412 Z8545 Z8546 Z8547 Z8548 Z8549 Z8743 Z87710 Z9852`),
    },
    {
      age: NEWBORN,
      codes: codes('A33 E8411 H0453 N470 P0 P1 P20 P21 P22 P23 P24 P25 P26 P28 P29 P3 P5 P6 P7 P8 P9 Z0011 Z05 Z38'),
    },
    {
      age: PAEDIATRIC,
      codes:
        codes(`A4851 B082 C933 E301 E308 F642 F843 G937 H260 L122 L2083 L211 L444 L704 N922 R0481 R1083 R620 R6251 R681 T7402 T7412
        T7422 T7432 T744 T7452 T7462 T7492 T7602 T7612 T7622 T7632 T7652 T7662 T7692 Z0012 Z002 Z003 Z007 Z0442 Z0472 Z6221 Z623
        Z69010 Z69020 Z72810 Z7381 Z762`),
    },
    {
      age: ADULT,
      codes:
        codes(`A1814 C915 E2831 F015 F039 F69 G112 G1221 G301 H0203 H0213 H25 H3111 H3530 H3531 H3532 H3544 H4382 I23 I2510 I2511 I257 I2581
        I2583 I510 I672 I70 I83 I868 I972 J60 J61 J8482 K311 K70 M061 M421 M720 M800 M810 M831 M832 M833 M835 M838 M839 M931 N40 N41 N420
        N421 N428 N429 N46 N52 N601 N6481 N6482 N65 R4181 R54 R627 R6882 R972 T7401 T7411 T7421 T7431 T7451 T7461 T7491 T7601 T7611
        T7621 T7631 T7651 T7661 T7691 Z000 Z0441 Z0471 Z31441 Z31448 Z421 Z561 Z681 Z682 Z683 Z684 Z72811 Z780 Z8651 Z9141 Z9182
        Z9852`),
    },
  ],
  icd9cm: [
    {
      sex: 'F',
      age: MATERNITY,
      codes:
        codes(`630 631 632 633 634 635 636 637 638 639 64 65 66 670 671 672 673 674 675 676 678 679 7923 7965 V22 V23 V24 V27
        V280 V281 V282 V286 V288 V616 V617 V7242 V89 V91`),
    },
    {
      sex: 'F',
      codes:
        codes(`0166 0167 05411 05412 09815 09816 09817 09835 09836 09837 1121 13101 174 179 180 181 182 183 184 1986 218 219 220
        221 2331 2332 2333 2360 2361 2362 2363 256 30273 30276 30651 30652 3464 4566 5164 614 615 616 617 618 619 620 621 622 623
        624 625 626 627 628 629 677 7163 7520 7521 7522 7523 7524 7950 7951 79582 8674 8675 8784 8785 8786 8787 90255 90256 90281
        90282 9391 9392 9474 99632 V074 V1040 V1041 V1042 V1043 V1044 V1221 V131 V132 V1521 V2501 V251 V253 V2541 V2542 V2543
        V255 V261 V2631 V2632 V2651 V2681 V28 V4551 V4981 V5042 V524 V597 V6701 V723 V724 V7611 V762 V7646 V7647 V824 V8402
        V8404 V880`),
    },
    {
      sex: 'M',
      codes:
        codes(`0164 0165 05413 0720 09812 09813 09814 09832 09833 09834 13103 175 185 186 187 2144 222 2334 2335 2336 2364 2365
        2366 257 30274 30275 4564 600 601 602 603 604 605 606 607 608 7525 7526 75281 7587 78832 79093 7922 8780 8781 8782 8783
        9393 95913 V1045 V1046 V1047 V1048 V1049 V1361 V2634 V2635 V2639 V2652 V502 V7644 V7645 V8403`),
    },
    {
      age: NEWBORN,
      codes:
        codes(`27701 74783 76077 76078 762 763 764 765 766 767 768 769 7700 7701 7702 7703 7704 7705 7706 7708 7709 771 772 773 774 775 776 777 7780 7781 7782 7783 7784 7785 7787 7788 7789 7790 7791 7792 7793 7794 7795 7796 7798 7799 78092 7966 V203 V29
        V30 V31 V32 V33 V34 V35 V36 V37 V39`),
    },
    {
      age: PAEDIATRIC,
      codes:
        codes(`04041 0581 2591 31389 3139 33181 69011 69012 78091 78341 78342 78631 7897 7980 79982 9955 V200 V201 V202 V695
        V855`),
    },
    {
      age: ADULT,
      codes:
        codes(`25631 2900 2901 2902 2903 2904 2909 33520 3661 37401 37411 37927 4140 4143 4297 4370 440 4540 4541 4542 4549 4570
        500 501 5165 5710 5711 5712 5713 600 601 6020 6021 6022 6028 6029 606 60784 6101 61181 61182 61183 612 7286 7837 79093 79981 99580 99581 99582
        99583 99584 99585 V114 V4981 V510 V622 V7101 V850 V851 V852 V853 V854`),
    },
  ],
};

/** Beginning of a code to what it says; a code takes what all its beginnings say. */
const BY_BEGINNING: Record<CodeSystem, ReadonlyMap<string, SexAndAge>> = {
  icd10cm: index(RULES.icd10cm),
  icd9cm: index(RULES.icd9cm),
};

function index(rules: readonly Rule[]): Map<string, SexAndAge> {
  const byBeginning = new Map<string, SexAndAge>();
  for (const { sex, age, codes: beginnings } of rules) {
    for (const beginning of beginnings) {
      const limits = byBeginning.get(beginning) ?? { sex: null, ageRange: null };
      byBeginning.set(beginning, { sex: sex ?? limits.sex, ageRange: age ?? limits.ageRange });
    }
  }
  return byBeginning;
}

/**
 * The sex and the ages that a diagnosis allows; null where it says nothing, and for procedures. The more specific beginning of the
 * code wins where two speak.
 */
export function sexAndAge({ system, type, code }: Code): SexAndAge {
  let found: SexAndAge = { sex: null, ageRange: null };
  if (type !== 'dx') return found;
  const undotted = code.replace('.', '');
  for (let length = 1; length <= undotted.length; length += 1) {
    const limits = BY_BEGINNING[system].get(undotted.slice(0, length));
    if (limits) found = { sex: limits.sex ?? found.sex, ageRange: limits.ageRange ?? found.ageRange };
  }
  return found;
}
