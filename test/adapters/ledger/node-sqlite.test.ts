import { openTemporaryLedger } from '../../support/ledger-fixture.ts';
import { describeCampaign } from './campaign.contract.ts';
import { describeCorpus } from './corpus.contract.ts';

describeCorpus('SQLite', openTemporaryLedger);
describeCampaign('SQLite', openTemporaryLedger);
