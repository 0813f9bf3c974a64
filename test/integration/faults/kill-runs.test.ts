import { CASES } from './cases.ts';
import { afterFirst, SECOND } from './fault-world.ts';
import { killAndResume } from './kill-and-resume.ts';

killAndResume('a run with a diff check', { command: SECOND, id: 'second', cases: CASES.second, before: afterFirst });
