import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { SEARCH_ATTRIBUTES } from '../domain/campaign.ts';

type Name = (typeof SEARCH_ATTRIBUTES)[number];

/** Options of a child workflow that people can search for; none where the server does not know the attributes. */
export function searchableBy(
  searchable: boolean,
  values: Partial<Record<Name, string>>,
): { typedSearchAttributes?: SearchAttributePair[] } {
  return searchable ? { typedSearchAttributes: pairs(values) } : {};
}

/** Says how the running workflow stands, where the server knows the attributes. */
export function searchableState(searchable: boolean, state: string): void {
  if (searchable) upsertSearchAttributes(pairs({ ZebraState: state }));
}

function pairs(values: Partial<Record<Name, string>>): SearchAttributePair[] {
  return Object.entries(values).map(([name, value]) => ({ key: defineSearchAttributeKey(name, 'KEYWORD'), value }));
}
