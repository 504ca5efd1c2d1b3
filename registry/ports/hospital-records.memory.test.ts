import { describeHospitalRecords } from './hospital-records.contract.ts';
import { memoryHospitalRecords } from './hospital-records.memory.ts';

describeHospitalRecords('the twin', () => {
  const records = memoryHospitalRecords();
  const { admit, goAway } = records;
  return Promise.resolve({ records, admit, goAway, end: () => Promise.resolve() });
});
