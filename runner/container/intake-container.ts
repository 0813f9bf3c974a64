import { basename } from 'node:path';
import type { ClientBase } from 'pg';
import { AppError } from '../../core/errors/app-error.ts';
import { mostInputBytes } from '../../core/intake/reading.ts';
import type { RunWarning } from '../../core/model/outcome.ts';
import { fetchArtifact } from '../artifacts/artifact-store.ts';
import { executionFiles, type ExecutionFiles } from '../artifacts/execution-files.ts';
import { makeWorkspace } from '../artifacts/workspace.ts';
import { AttemptHolder, beginAttempt } from '../executions/begin-attempt.ts';
import { takeTurn } from '../executions/connector-turn.ts';
import { checkFence, storeIntake, type Execution } from '../executions/executions.ts';
import { StoredProgress } from '../executions/progress.ts';
import { runIntake } from '../intake/run-intake.ts';
import { exportBaselines } from '../stages/baselines.ts';
import { checkObjects } from '../stages/prepare-objects.ts';
import { buildSqlRequest } from '../stages/sql-request.ts';
import type { DatabaseContext } from './container-context.ts';
import { requireExecution } from './container-context.ts';
import { copyMountedInput, type MountedInput } from './mounted-input.ts';
import { clearHandoff, writeHandoff, writeSqlOrder, type Handoff } from './handoff.ts';
import { executionError } from './stage-result.ts';
import { storedRowHashes } from './stored-files.ts';

/** How the attempt goes on. */
type Next = Pick<Handoff, 'next' | 'error' | 'warnings'>;

const CANCELLED: Next = { next: 'Finish', error: null, warnings: [] };
const LOAD: Next = { next: 'Load', error: null, warnings: [] };

/**
 * The first container of an attempt: begins it, reads the input, and leaves in the workspace everything that the SQL needs
 * of the database, which the container after it does not reach.
 *
 * @param mounted a file of a volume in place of the stored input; null where there is none
 */
export async function runIntakeContainer(context: DatabaseContext, mounted: MountedInput | null): Promise<void> {
  const { pool, workspace, executionId, now } = context;
  await clearHandoff(workspace);
  await pool.withConnection((main) =>
    pool.withConnection(async (side) => {
      const known = await requireExecution(main.pg, executionId);
      if (known.result !== null) {
        await writeHandoff(workspace, {
          execution: known.id,
          attempt: known.attempt,
          next: 'Nothing',
          error: null,
          warnings: [],
        });
        return;
      }
      const execution = await beginAttempt(main.pg, side.pg, known, new AttemptHolder());
      const files = await makeWorkspace(executionFiles(workspace, execution.id), execution.attempt);
      const progress = new StoredProgress(pool, execution, now);
      const intake: IntakeContext = { ...context, execution, files, mounted, progress, main: main.pg, side: side.pg };
      const next = await prepare(intake).catch((error: unknown): Next => {
        const fault = executionError(error);
        if (fault === null) throw error;
        return { next: 'Finish', error: fault, warnings: [] };
      });
      await progress.settle();
      await writeHandoff(workspace, { execution: execution.id, attempt: execution.attempt, ...next });
    }),
  );
}

interface IntakeContext extends DatabaseContext {
  readonly execution: Execution;
  readonly files: ExecutionFiles;
  readonly mounted: MountedInput | null;
  readonly progress: StoredProgress;
  readonly main: ClientBase;
  readonly side: ClientBase;
}

async function prepare(context: IntakeContext): Promise<Next> {
  const { pool, execution, files, progress, main } = context;
  if (execution.scopes !== null) return LOAD;
  if ((await checkFence(main, execution)).cancelRequested) return CANCELLED;
  progress.report({ stage: 'Intake', step: null, rowsDone: 0, rowsTotal: 0 });
  // A dry run is refused what a live run would be.
  await checkObjects(pool, execution.snapshot, () => false);
  const intake = await runIntake({
    connector: execution.snapshot.connector,
    inputPath: await bringInput(context),
    fileName: execution.inputName,
    workspace: files.workspace,
    scheduledTime: execution.scheduledTime ?? execution.startedAt,
  });
  await storeIntake(main, execution, intake);
  if (intake.failure !== null) return LOAD;
  const baselines = await exportInTurn(context);
  if (baselines === null) return CANCELLED;
  const { request, warnings } = await buildSqlRequest(pool, execution, intake, files);
  await writeSqlOrder(files.workspace, request);
  progress.report({ stage: 'Sql', step: null, rowsDone: 0, rowsTotal: 0 });
  return { next: 'Sql', error: null, warnings: [...baselines, ...warnings] };
}

/** The file of the input; null for a Scheduler. */
async function bringInput({ execution, files, mounted, main }: IntakeContext): Promise<string | null> {
  const { inputName, inputArtifact, snapshot } = execution;
  if (inputName === null) return null;
  const path = files.input(basename(inputName));
  if (mounted !== null) {
    await copyMountedInput(mounted, path, mostInputBytes(snapshot.connector));
    return path;
  }
  if (inputArtifact === null) {
    const message = `execution ${execution.id}: its input ${inputName} is neither stored nor mounted; name its file with --volume and --input`;
    throw new AppError({ code: 'InputMissing', class: 'terminal', message });
  }
  await fetchArtifact(main, inputArtifact, path);
  return path;
}

/**
 * Writes the hashes that the last runs left, for the SQL to compare with: what they left is known once none of them is at
 * work. Null: cancelled while it waited.
 */
async function exportInTurn(context: IntakeContext): Promise<readonly RunWarning[] | null> {
  const { execution, files, progress, main, side, signal } = context;
  if (execution.mode !== 'Live' || !execution.snapshot.connector.diffCheck) {
    if (!execution.diffCheck) return [];
    return (await exportBaselines({ client: main, execution, files, rowHashes: storedRowHashes(main, files) }))
      .warnings;
  }
  const turn = await takeTurn(main, side, execution, {
    signal,
    onWait: () => progress.report({ stage: 'Waiting', step: null, rowsDone: 0, rowsTotal: 0 }),
  });
  if (turn === null) return null;
  try {
    if (!execution.diffCheck) return [];
    const request = { client: main, execution: turn.execution, files, rowHashes: storedRowHashes(main, files) };
    return (await exportBaselines(request)).warnings;
  } finally {
    await turn.giveBack();
  }
}
