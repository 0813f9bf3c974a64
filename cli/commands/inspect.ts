import { basename, resolve } from 'node:path';
import { renderCount } from '../../core/report/text.ts';
import { inspectFile, type InspectedFile } from '../../runner/inspect/inspect-file.ts';
import { EXIT } from '../exit-status.ts';
import { checkReadableFile } from '../input-file.ts';
import { parsePhoneRegion, parseReading, type ReadingOptions } from '../reading-options.ts';
import { renderInspection } from '../render-inspection.ts';
import type { CommandContext } from '../command-context.ts';

/** `smartconnector inspect FILE`: what it holds, and what is odd about it. Exit status 0, 2 where it cannot be read, 130. */
export async function inspectCommand(context: CommandContext, file: string, options: ReadingOptions): Promise<number> {
  const inspected = await inspectWithProgress(context, file, options);
  if (inspected === null) return EXIT.cancelled;
  const { samples: _, ...inspection } = inspected;
  const { config, terminal } = context;
  terminal.out(config.output === 'json' ? JSON.stringify(inspection) : renderInspection(inspection));
  return EXIT.succeeded;
}

/** Null where it was stopped. */
export async function inspectWithProgress(
  { terminal, signal }: CommandContext,
  file: string,
  options: ReadingOptions,
): Promise<InspectedFile | null> {
  const path = resolve(file);
  await checkReadableFile(path, path);
  terminal.progress(`reading ${basename(path)} …`);
  const inspected = await inspectFile(
    {
      path,
      fileName: basename(path),
      reading: parseReading(options),
      phoneRegion: parsePhoneRegion(options),
      onProgress: (table, rows) => {
        terminal.progress(`looking at ${table}: ${renderCount(rows)} rows`);
      },
    },
    signal,
  );
  terminal.progress('');
  return inspected;
}
