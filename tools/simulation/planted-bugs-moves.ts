/** Faults of PCs that do not stay who they were. */
import { syncPaths } from '../../contract/registry/sync.ts';
import { bytesOf, withStationWrites } from './planting.ts';
import type { Flaws } from './simulate.ts';
import { inOnePiece } from './wire.ts';

export const moveBugs: Readonly<Record<string, Flaws>> = {
  'the registry does not know a PC again that left and came back': {
    answerer: async (_world, request, body, usual) => {
      if (request.path !== syncPaths.enrol) return usual(request, body);
      const input = JSON.parse(Buffer.from(await bytesOf(body)).toString('utf8')) as object;
      const unknown = { ...input, former: undefined };
      return usual(request, inOnePiece(Buffer.from(JSON.stringify(unknown))));
    },
  },
  'the workstation believes that another registry has what the former one had': withStationWrites(
    ({ outbox, sync }) => ({
      outbox: { ...outbox, startOver: () => undefined },
      sync: { ...sync, startOver: () => undefined },
    }),
  ),
};
