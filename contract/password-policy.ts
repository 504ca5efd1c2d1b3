/** Passwords that are guessed first. Length is checked by the schema; no further rules on character kinds. */

const fewestDifferentCharacters = 5;
const shortestNameInside = 3;
const runs = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  '1qaz2wsx3edc4rfv',
];
/** What is left of a password without digits and signs at its ends. */
const commonWords = new Set([
  ...[
    'password',
    'passwort',
    'passw0rd',
    'p@ssword',
    'p@ssw0rd',
    'senha',
    'minhasenha',
    'novasenha',
    'senhasenha',
  ],
  ...[
    'contraseña',
    'contrasena',
    'clave',
    'qwerty',
    'letmein',
    'welcome',
    'bemvindo',
    'bienvenido',
    'iloveyou',
  ],
  ...['admin', 'administrator', 'administrador', 'changeme', 'mudar', 'hospital', 'spira', 'brasil', 'teste'],
  ...['enfermagem', 'enfermeira', 'enfermeiro', 'medico', 'medica', 'doutor', 'doutora', 'saude', 'clinica'],
  ...[
    'princesa',
    'flamengo',
    'corinthians',
    'palmeiras',
    'football',
    'futebol',
    'monkey',
    'dragon',
    'sunshine',
  ],
]);

export type PasswordWeakness = 'holds-username' | 'few-characters' | 'sequence' | 'common';

/** Undefined: nothing against it. */
export function weaknessOf(password: string, username: string): PasswordWeakness | undefined {
  const text = password.normalize('NFKC').toLowerCase();
  const name = username.normalize('NFKC').toLowerCase();
  if (name.length >= shortestNameInside && text.includes(name)) return 'holds-username';
  if (new Set(text).size < fewestDifferentCharacters) return 'few-characters';
  if (isRun(text)) return 'sequence';
  const word = text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return commonWords.has(word) ? 'common' : undefined;
}

function isRun(text: string): boolean {
  const backwards = [...text].reverse().join('');
  return runs.some((run) => run.includes(text) || run.includes(backwards));
}
