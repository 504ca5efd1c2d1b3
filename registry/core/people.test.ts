import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hospitalIdSchema } from '../../contract/registry/ids.ts';
import { covers, originOfAddress, overlaps, usernameKey, type Hospitals } from './people.ts';

const ids = [1, 2, 3].map((number) =>
  hospitalIdSchema.parse(`019d0000-0000-7000-8000-00000000000${String(number)}`),
);
const hospitals: fc.Arbitrary<Hospitals> = fc.oneof(fc.constant<Hospitals>('all'), fc.subarray(ids));

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:DB8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
  ['2001:db8:0001::', '2001:db8:1:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('counts %s as %s', (address, origin) => {
  expect(originOfAddress(address)).toBe(origin);
});

it('takes one name for one, however it was typed', () => {
  expect(usernameKey(' José ')).toBe(usernameKey('JOSE\u0301'));
  expect(usernameKey('José')).not.toBe(usernameKey('Jose'));
});

it('lets nobody cover what they do not overlap, except nothing', () => {
  fc.assert(
    fc.property(hospitals, hospitals, (outer, inner) => {
      const isNothing = inner !== 'all' && inner.length === 0;
      if (covers(outer, inner) && !isNothing) expect(overlaps(outer, inner)).toBe(true);
      expect(overlaps(outer, inner)).toBe(overlaps(inner, outer));
      expect(covers('all', inner)).toBe(true);
      expect(covers(outer, 'all')).toBe(outer === 'all');
    }),
  );
});
