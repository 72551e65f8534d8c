import type { Tier } from './tiers.ts';

/** `zebra status --json`: others read it, so its shape is kept stable and `schemaVersion` says when it is not. */
export interface CampaignStatus {
  readonly schemaVersion: 1;
  readonly ledgerId: string;
  readonly campaign: string;
  readonly revision: number;
  readonly state: 'planned' | 'running' | 'paused' | 'waiting' | 'cancelled' | 'done';
  /** Why the campaign waits; null otherwise. */
  readonly reason: string | null;
  readonly codes: {
    readonly total: number;
    readonly done: number;
    readonly rejected: number;
    readonly failed: number;
    readonly active: number;
    readonly pending: number;
  };
  readonly notes: {
    readonly planned: number;
    readonly accepted: number;
    readonly rejected: number;
    readonly failed: number;
    readonly pending: number;
  };
  readonly llm: {
    readonly calls: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cost: number;
  };
  readonly budget: { readonly cost: number | null; readonly tokens: number | null };
  readonly tiers: Partial<
    Record<Tier, { readonly codes: number; readonly planned: number; readonly accepted: number }>
  >;
  /** When the open notes will have ended at the rate of the last minutes; null where nothing tells. */
  readonly eta: { readonly finishAt: number; readonly notesPerMinute: number } | null;
}
