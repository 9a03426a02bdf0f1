// Adds numbered records to the spool in the given directory, and says which are durable, until it is killed.
import { openSpoolFile } from '../../../src/audit/spool-file.node.ts';
import { openSpool } from '../../../src/audit/spool.service.ts';
import { nodeSha256 as sha256 } from '../../../src/system/digest.node.ts';
import { silentLog } from '../../support/logs/silent-log.ts';

const spool = await openSpool({ file: await openSpoolFile(process.argv[2] ?? ''), sha256, log: silentLog });
for (let id = 0; ; id += 3) {
  await spool.append(
    [id, id + 1, id + 2].map((each) => new TextEncoder().encode(`${each} ${'x'.repeat(each % 900)}`)),
  );
  process.stdout.write(`${id + 2}\n`);
}
