/** Task queues of one campaign: one per limited resource, so that slow paid calls never hold back local steps. */
export interface Queues {
  readonly workflows: string;
  readonly llm: string;
  readonly cpu: string;
}

/**
 * Queue names carry the ledger's id, so that two people on one cluster never take each other's work, and the campaign, so that
 * a worker with one campaign's settings never writes another's notes.
 */
export function queuesOf(ledgerId: string, campaign: string): Queues {
  const workflows = `zebra-${ledgerId}-${campaign}`;
  return { workflows, llm: `${workflows}-llm`, cpu: `${workflows}-cpu` };
}
