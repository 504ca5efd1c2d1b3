import { describePatientMatching } from './patient-matching.contract.ts';
import { memoryPatientMatching } from './patient-matching.memory.ts';

describePatientMatching('the twin', memoryPatientMatching);
