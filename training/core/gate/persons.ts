import { foldText } from '../../../contract/fold-text.ts';
import type { Person } from '../../../contract/training/release.ts';

export function nameOf(person: Person): string {
  return person.kind === 'account' ? person.username : person.name;
}

/** Whether this may be who goes by that name: case, accents and blanks tell nobody apart. */
export function isSamePerson(person: Person, name: string): boolean {
  return foldText(nameOf(person).trim()) === foldText(name.trim());
}
