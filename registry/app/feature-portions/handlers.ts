import type { Handlers } from '../handlers.ts';
import { beatPortion, failPortion, finishPortion, leasePortion, releasePortion } from './leases.ts';
import { announceSet, readSet, removeSet } from './sets.ts';

export const featurePortionHandlers = {
  'portion-sets.announce': announceSet,
  'portion-sets.read': readSet,
  'portion-sets.remove': removeSet,
  'portions.lease': leasePortion,
  'portions.beat': beatPortion,
  'portions.finish': finishPortion,
  'portions.fail': failPortion,
  'portions.release': releasePortion,
} as const satisfies Handlers;
