import { describePatientMatching } from '../../ports/patient-matching.contract.ts';
import { storedPatientMatching } from './stored-patients.ts';

describePatientMatching('the index of the store', storedPatientMatching);
