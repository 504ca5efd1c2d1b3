import { z } from 'zod';
import { featurePortionRoutes } from '../../../contract/registry/feature-portions.ts';
import { done, type Outcome } from '../../core/outcome.ts';
import type { HeldPortion, Portions } from '../../ports/portions.ts';
import type { RegistryConnection, RegistryRefusal } from './connection.ts';

/** Calls are small: one that takes longer has been lost. */
const timeLimitMs = 30_000;

/** The portions that a registry keeps, over its API. */
export function registryPortions(connection: RegistryConnection): Portions {
  const routes = featurePortionRoutes;
  const setPath = (id: string): string => routes['portion-sets.read'].path.replace(':setId', id);

  const asHolder = async (
    route: 'portions.beat' | 'portions.finish' | 'portions.fail' | 'portions.release',
    { id, lease }: HeldPortion,
    more: object = {},
  ): Promise<Outcome<boolean>> => {
    const path = routes[route].path.replace(':portionId', id);
    let isLost = false;
    const answer = await connection.askJson(
      { method: 'POST', path, json: { lease, ...more }, timeLimitMs },
      z.object({}),
      (refusal) => (isLost = isGone(refusal) || refusal.status === 409),
    );
    return answer.ok || isLost ? done(answer.ok) : answer;
  };

  return {
    async announce(json) {
      const { method, path, answer: schema } = routes['portion-sets.announce'];
      const answer = await connection.askJson({ method, path, json }, schema);
      return answer.ok ? done(answer.value.id) : answer;
    },
    async look(setId, after) {
      const path = `${setPath(setId)}?after=${String(after)}`;
      let isThere = true;
      const answer = await connection.askJson(
        { method: 'GET', path, timeLimitMs },
        routes['portion-sets.read'].answer,
        (refusal) => (isThere = !isGone(refusal)),
      );
      return answer.ok || isThere ? answer : done(undefined);
    },
    async remove(setId) {
      let isThere = true;
      const answer = await connection.askJson(
        { method: 'DELETE', path: setPath(setId), timeLimitMs },
        z.object({}),
        (refusal) => (isThere = !isGone(refusal)),
      );
      return answer.ok || !isThere ? done(null) : answer;
    },
    lease(json) {
      const { method, path, answer } = routes['portions.lease'];
      return connection.askJson({ method, path, json, timeLimitMs }, answer);
    },
    beat: (portion) => asHolder('portions.beat', portion),
    finish: (portion, resultSha256) => asHolder('portions.finish', portion, { resultSha256 }),
    fail: (portion, code) => asHolder('portions.fail', portion, { code }),
    release: (portion) => asHolder('portions.release', portion),
  };
}

function isGone({ code }: RegistryRefusal): boolean {
  return code === 'not-found';
}
