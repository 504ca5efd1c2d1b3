import { labelQuestions } from '../../../contract/registry/labels.ts';
import type { StoreReader } from '../../ports/store.ts';

const atOnce = 500;

/** Sessions of which the first label came after this place in the order of labels; an abstention is no label. */
export async function countNewlyLabelled(reader: StoreReader, afterSequence: number): Promise<number> {
  const labelled = new Set<string>();
  for (const { id: question, values } of labelQuestions) {
    const value = { in: values.filter(({ meaning }) => meaning === 'class').map((one) => one.value) };
    const fresh = await reader.find('labels', {
      where: { question, value, sequence: { above: afterSequence } },
    });
    const sessions = [...new Set(fresh.map(({ sessionId }) => sessionId))];
    for (let from = 0; from < sessions.length; from += atOnce) {
      const some = sessions.slice(from, from + atOnce);
      const earlier = await reader.find('labels', {
        where: { question, value, sessionId: { in: some }, sequence: { atMost: afterSequence } },
      });
      const known = new Set(earlier.map(({ sessionId }) => sessionId));
      for (const sessionId of some) if (!known.has(sessionId)) labelled.add(sessionId);
    }
  }
  return labelled.size;
}

/** The place in the order of labels where the last one stands; 0 before the first. */
export async function lastLabelSequence(reader: StoreReader): Promise<number> {
  const lasts = await Promise.all(
    labelQuestions.map(async ({ id: question }) => {
      const order = [['sequence', 'descending']] as const;
      const [last] = await reader.find('labels', { where: { question }, order, limit: 1 });
      return last?.sequence ?? 0;
    }),
  );
  return Math.max(0, ...lasts);
}
