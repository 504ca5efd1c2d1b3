import { describeRegistryPeople } from './registry-people.contract.ts';
import { examplePlace, memoryRegistryPeople } from './registry-people.memory.ts';

describeRegistryPeople('the registry in memory', () => {
  const twin = memoryRegistryPeople();
  return Promise.resolve({ people: twin, twin, place: examplePlace, close: () => Promise.resolve() });
});
