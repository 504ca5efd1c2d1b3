import { expect, it } from 'vitest';
import { routes } from '../../../contract/registry/routes.ts';
import { otherHospital, personCaller, sessionOf, testRegistry, valueOf } from '../sync/fixtures/registry.ts';
import { listReviews, resolveReview } from './reviews.ts';

async function withReviews() {
  const registry = await testRegistry();
  for (const number of [1, 2]) {
    await registry.send([{ ...sessionOf(number).items[0]!, sha256: 'f'.repeat(64) }]);
    registry.clock.advance(1000);
  }
  await registry.send([{ ...sessionOf(3).items[0]!, sha256: 'f'.repeat(64) }], 3);
  return registry;
}

it('lists what waits for a look, of the caller’s hospitals, without the content', async () => {
  const registry = await withReviews();
  const { reviews } = valueOf(await listReviews(registry.callBy(personCaller('researcher'))));
  routes['reviews.list'].answer.parse({ reviews });
  expect(reviews.map(({ sessionId, reason }) => [sessionId, reason])).toEqual([
    [sessionOf(2).id, 'sha256'],
    [sessionOf(1).id, 'sha256'],
  ]);
});

it('marks a review as looked at once, keeps both contents, and shows it after the open ones', async () => {
  const registry = await withReviews();
  const it = registry.callBy(personCaller('it'));
  const [newest] = valueOf(await listReviews(it)).reviews;
  const resolve = (why: string) => resolveReview(it, { reviewId: newest!.id, why });
  valueOf(await resolve('the PC had a bad disk'));
  valueOf(await resolve('again'));
  const rows = await registry.rows('reviews');
  expect(rows.find(({ id }) => id === newest!.id)).toMatchObject({
    resolution: 'the PC had a bad disk',
    offered: { content: sessionOf(2).items[0]!.content },
  });
  const after = valueOf(await listReviews(it)).reviews;
  expect(after.map(({ sessionId }) => sessionId)).toEqual([sessionOf(1).id, sessionOf(2).id]);
  expect((await registry.rows('audit')).map(({ action }) => action)).toEqual(['review-resolved']);
});

it('leaves the reviews of another hospital alone', async () => {
  const registry = await withReviews();
  const stranger = registry.callBy(personCaller('it', [otherHospital]));
  const [own] = valueOf(await listReviews(registry.callBy(personCaller('it')))).reviews;
  expect(await resolveReview(stranger, { reviewId: own!.id, why: 'x' })).toEqual(
    await resolveReview(stranger, { reviewId: sessionOf(9).id, why: 'x' }),
  );
  expect((await registry.rows('reviews')).every(({ resolvedAt }) => resolvedAt === null)).toBe(true);
});
