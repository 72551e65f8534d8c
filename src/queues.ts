/** Task queues of one ledger: one per limited resource, so that slow paid calls never hold back local steps. */
export interface Queues {
  readonly workflows: string;
  readonly llm: string;
  readonly cpu: string;
}

/** Queue names carry the ledger's id: two people on one cluster never take each other's work. */
export function queuesOf(ledgerId: string): Queues {
  const workflows = `zebra-${ledgerId}`;
  return { workflows, llm: `${workflows}-llm`, cpu: `${workflows}-cpu` };
}
