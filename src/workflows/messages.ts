import { defineQuery, defineSignal } from '@temporalio/workflow';

/** Pauses or resumes the campaign and everything below it. People give no `order`; the campaign counts its commands with it. */
export const controlSignal = defineSignal<[state: 'running' | 'paused', order?: number]>('control');

/** New work was opened in the ledger (a replay): look again before finishing. */
export const workOpenedSignal = defineSignal('workOpened');

/** What a campaign workflow is doing, for people who look at Temporal. */
export const progressQuery = defineQuery<{ pass: number; paused: boolean; shardsInFlight: number }>('progress');
