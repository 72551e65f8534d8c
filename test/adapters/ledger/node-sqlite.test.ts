import { openTemporaryLedger } from '../../support/ledger-fixture.ts';
import { describeCalls } from './calls.contract.ts';
import { describeCampaign } from './campaign.contract.ts';
import { describeCommands } from './commands.contract.ts';
import { describeCorpus } from './corpus.contract.ts';

describeCorpus('SQLite', openTemporaryLedger);
describeCampaign('SQLite', openTemporaryLedger);
describeCalls('SQLite', openTemporaryLedger);
describeCommands('SQLite', openTemporaryLedger);
