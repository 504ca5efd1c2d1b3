import { expect, it } from 'vitest';
import { weaknessOf } from './password-policy.ts';

it.each([
  ['clara-2026-ward', 'holds-username'],
  ['xxCLARAxx99', 'holds-username'],
  ['aaaaaaaaaaaa', 'few-characters'],
  ['1212121212', 'few-characters'],
  ['1234567890', 'sequence'],
  ['0987654321', 'sequence'],
  ['qwertyuiop', 'sequence'],
  ['abcdefghijkl', 'sequence'],
  ['password123', 'common'],
  ['Password2026!', 'common'],
  ['enfermagem1', 'common'],
  ['contraseña99', 'common'],
])('%s is %s', (password, weakness) => {
  expect(weaknessOf(password, 'clara')).toBe(weakness);
});

it.each(['a quiet ward at dawn', 'corredor-azul-77', 'Tr0ub4dor&3x', 'passwordless entry'])(
  '%s will do',
  (password) => {
    expect(weaknessOf(password, 'clara')).toBeUndefined();
  },
);

it('a name of two letters may stand in a password by chance', () => {
  expect(weaknessOf('jolly quiet wards', 'jo')).toBeUndefined();
});
