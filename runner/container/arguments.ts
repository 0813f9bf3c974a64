import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { invalid, messageOf } from '../../core/errors/app-error.ts';
import { EXECUTION_ID } from '../artifacts/execution-files.ts';
import type { MountedInput } from './mounted-input.ts';

/** What a container of the runner is started for. */
export type ContainerCommand =
  | {
      readonly stage: 'intake';
      readonly executionId: string;
      readonly workspace: string;
      /** A file of a mounted volume in place of the stored input. */
      readonly input: MountedInput | null;
    }
  | {
      readonly stage: 'sql';
      readonly executionId: string;
      readonly workspace: string;
      /** The folder of the Secrets of external sources; null: where they are by default. */
      readonly secrets: string | null;
    }
  | { readonly stage: 'load'; readonly executionId: string; readonly workspace: string }
  | {
      readonly stage: 'finish';
      readonly executionId: string;
      readonly workspace: string;
      readonly isCancelled: boolean;
    }
  | { readonly stage: 'take' | 'answer'; readonly validationId: string; readonly workspace: string }
  | {
      readonly stage: 'validate';
      readonly validationId: string;
      readonly workspace: string;
      readonly secrets: string | null;
    };

const USAGE =
  'intake|sql|load|finish --execution ID --workspace DIRECTORY [--volume DIRECTORY --input FILE] [--secrets DIRECTORY] [--cancelled], ' +
  'or take|validate|answer --validation ID --workspace DIRECTORY [--secrets DIRECTORY]';

/** Options that a stage takes beside its execution or validation and its workspace. */
const OPTIONS = {
  intake: ['volume', 'input'],
  sql: ['secrets'],
  load: [],
  finish: ['cancelled'],
  take: [],
  validate: ['secrets'],
  answer: [],
} as const;

/** @throws AppError `Invalid` with the way the runner is called */
export function parseArguments(argv: readonly string[]): ContainerCommand {
  const { positionals, values } = parse(argv);
  const [stage, ...more] = positionals;
  if (more.length > 0) throw refuse(`${String(more[0])}: one stage at a time`);
  const given = Object.keys(values);
  if (stage === 'take' || stage === 'validate' || stage === 'answer') {
    refuseOthers(stage, given, ['validation', 'workspace', ...OPTIONS[stage]]);
    const validationId = requireText(stage, 'validation', values.validation);
    const directory = resolve(requireText(stage, 'workspace', values.workspace));
    const validation = { validationId, workspace: directory };
    return stage === 'validate'
      ? { stage, ...validation, secrets: resolveOptional(values.secrets) }
      : { stage, ...validation };
  }
  if (stage !== 'intake' && stage !== 'sql' && stage !== 'load' && stage !== 'finish') {
    throw refuse(stage === undefined ? 'name a stage' : `there is no stage ${stage}`);
  }
  refuseOthers(stage, given, ['execution', 'workspace', ...OPTIONS[stage]]);
  const executionId = requireText(stage, 'execution', values.execution);
  if (!EXECUTION_ID.test(executionId))
    throw refuse(`--execution ${JSON.stringify(executionId)} is no id of an execution`);
  const workspace = resolve(requireText(stage, 'workspace', values.workspace));
  const common = { executionId, workspace };
  if (stage === 'intake') return { stage, ...common, input: mountedInput(values) };
  if (stage === 'sql') return { stage, ...common, secrets: resolveOptional(values.secrets) };
  if (stage === 'finish') return { stage, ...common, isCancelled: values.cancelled === true };
  return { stage, ...common };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        execution: { type: 'string' },
        workspace: { type: 'string' },
        volume: { type: 'string' },
        input: { type: 'string' },
        secrets: { type: 'string' },
        cancelled: { type: 'boolean' },
        validation: { type: 'string' },
      },
    });
  } catch (error) {
    throw refuse(messageOf(error));
  }
}

const resolveOptional = (path: string | undefined): string | null => (path === undefined ? null : resolve(path));

function mountedInput({ volume, input }: { volume?: string; input?: string }): MountedInput | null {
  if (volume === undefined && input === undefined) return null;
  return { volume: resolve(requireText('intake', 'volume', volume)), path: requireText('intake', 'input', input) };
}

function refuseOthers(stage: string, given: readonly string[], taken: readonly string[]): void {
  const other = given.find((name) => !taken.includes(name));
  if (other !== undefined) throw refuse(`${stage} takes no --${other}`);
}

function requireText(stage: string, name: string, value: string | undefined): string {
  if (value !== undefined && value !== '') return value;
  throw refuse(`${stage} needs --${name}`);
}

const refuse = (message: string) => invalid(`${message}; the runner is called as: ${USAGE}`);
