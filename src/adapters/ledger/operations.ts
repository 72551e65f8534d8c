import { audit } from './audit.ts';
import { callHistory, closeCall, failCall, openCall, reply } from './calls.ts';
import {
  archiveExecution,
  codeSet,
  control,
  failNote,
  failTarget,
  openNotes,
  openTargets,
  openWork,
  saveCodeSets,
  saveRetrieval,
  setWaiting,
  storedRetrieval,
  target,
} from './campaign.ts';
import { openReplay, previewReplay, setBudget, setControl } from './commands.ts';
import { corpusSummary, notesWithCode, sourceNotes, trainingCounts, wordCounts } from './corpus.ts';
import {
  indexedNonTraining,
  markIndexed,
  markRemoved,
  noteStates,
  notesToIndex,
  putCorpus,
  putSourceNotes,
} from './ingest.ts';
import { note } from './note.ts';
import { acceptedPage, noteEntries, text } from './notes.ts';
import { revision, savePlan, unplanned } from './plan.ts';
import { campaigns, failureCounts, hasCampaign, rejectionCounts, status } from './status.ts';
import { previousVerdict, saveVerdict } from './verdicts.ts';

const read = <F>(run: F) => ({ writes: false, run });
const write = <F>(run: F) => ({ writes: true, run });

/** Everything that can be asked of the ledger's thread. Each runs inside a transaction of the thread. */
export const operations = {
  putCorpus: write(putCorpus),
  noteStates: read(noteStates),
  putSourceNotes: write(putSourceNotes),
  notesToIndex: read(notesToIndex),
  markIndexed: write(markIndexed),
  indexedNonTraining: read(indexedNonTraining),
  markRemoved: write(markRemoved),
  corpusSummary: read(corpusSummary),
  wordCounts: read(wordCounts),
  notesWithCode: read(notesWithCode),
  trainingCounts: read(trainingCounts),
  sourceNotes: read(sourceNotes),

  savePlan: write(savePlan),
  revision: read(revision),
  unplanned: read(unplanned),

  openWork: read(openWork),
  openTargets: read(openTargets),
  target: read(target),
  saveRetrieval: write(saveRetrieval),
  retrieval: read(storedRetrieval),
  saveCodeSets: write(saveCodeSets),
  codeSet: read(codeSet),
  openNotes: read(openNotes),
  failNote: write(failNote),
  failTarget: write(failTarget),
  control: read(control),
  setWaiting: write(setWaiting),
  archiveExecution: write(archiveExecution),

  reply: read(reply),
  openCall: write(openCall),
  closeCall: write(closeCall),
  failCall: write(failCall),
  callHistory: read(callHistory),
  previousVerdict: read(previousVerdict),
  saveVerdict: write(saveVerdict),

  setControl: write(setControl),
  setBudget: write(setBudget),
  previewReplay: read(previewReplay),
  openReplay: write(openReplay),

  status: read(status),
  hasCampaign: read(hasCampaign),
  campaigns: read(campaigns),
  rejectionCounts: read(rejectionCounts),
  failureCounts: read(failureCounts),
  audit: read(audit),
  notes: read(noteEntries),
  note: read(note),
  acceptedPage: read(acceptedPage),
  text: read(text),
};

export type Operations = typeof operations;
export type OperationName = keyof Operations;
