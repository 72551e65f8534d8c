export { campaign } from './campaign.ts';
export { code } from './code.ts';
export { shard } from './shard.ts';
