import { Command, CommanderError, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { AppError, invalid } from '../../core/errors/app-error.ts';
import type { Download } from '../../operator/http/artifact-link.ts';
import { errorBody, exitStatusOfError, renderError } from '../errors.ts';
import { EXIT } from '../exit-status.ts';
import { openTerminal, type Terminal } from '../terminal.ts';
import { stopOnSignals } from '../stop-signals.ts';
import { wantsJson } from '../wants-json.ts';
import type { ClusterContext, ClusterOptions } from './cluster-context.ts';
import type { RunOptions } from './commands/run.ts';

/**
 * The entry point of `kubectl smartconnector`: bin/smartconnector starts it where it is called by the name of the plugin.
 * The only place of it that touches the process.
 */
const stopping = stopOnSignals();

function fail(error: unknown, isJson: boolean, terminal: Terminal): void {
  const body = errorBody(error);
  terminal.progress('');
  if (isJson) terminal.out(JSON.stringify(body));
  else terminal.err(renderError(body));
  const isInterrupted = error instanceof AppError && error.code === 'Interrupted';
  process.exitCode = isInterrupted ? EXIT.cancelled : exitStatusOfError(error);
}

async function perform(options: ClusterOptions, action: (context: ClusterContext) => Promise<number>): Promise<void> {
  const isJson = options.output === 'json';
  const terminal = openTerminal(process.stdout, process.stderr, process.stderr.isTTY && !isJson);
  try {
    // The client of Kubernetes takes longer to load than help takes to be read.
    const { openCluster } = await import('./cluster-context.ts');
    const context = openCluster(options, { terminal, signal: stopping });
    try {
      process.exitCode = await action(context);
    } finally {
      context.close();
    }
  } catch (error) {
    fail(error, isJson, terminal);
  }
}

function subcommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .addOption(new Option('-o, --output <format>', 'what is printed').choices(['text', 'json']).default('text'))
    .option('-n, --namespace <name>', 'the namespace (default: that of the context)')
    .option('--context <name>', 'the context of the kubeconfig (default: the current one)')
    .option('--kubeconfig <file>', 'the kubeconfig (default: KUBECONFIG, else ~/.kube/config)')
    .option('--server <url>', 'where the endpoint of the operator is, for files (default: through the API server)')
    .option('--operator-namespace <name>', 'the namespace that the operator runs in', 'smartconnector-system')
    .option('--wait <seconds>', 'how long a cluster that does not answer is waited for', '120');
}

function buildProgram(): Command {
  const program = new Command('kubectl smartconnector')
    .description('Runs connectors of a cluster, and brings their reports here.')
    .version(packageJson.version, '-V, --version', 'the version')
    .showHelpAfterError('(run with --help for the options)')
    .exitOverride();
  subcommand(program, 'run', 'runs a connector on a file, and follows it to its end')
    .argument('<connector>', 'the SmartConnector')
    .option('-i, --input <file>', 'the file, or the JSON or NDJSON file of webhook events')
    .option('--dry-run', 'predicts everything and writes nothing')
    .option('--no-diff-check', 'loads every row, also those that the previous run brought in')
    .option('--no-follow', 'ends when the file is sent')
    .action(async (connector: string, options: ClusterOptions & RunOptions) =>
      perform(options, async (context) => (await import('./commands/run.ts')).runCommand(context, connector, options)),
    );
  const onExecution = (
    name: string,
    description: string,
    action: (context: ClusterContext, execution: string, options: { readonly file?: string }) => Promise<number>,
  ): Command =>
    subcommand(program, name, description)
      .argument('<execution>', 'the SmartConnectorExecution')
      .action(async (execution: string, options: ClusterOptions & { readonly file?: string }) =>
        perform(options, (context) => action(context, execution, options)),
      );
  onExecution('follow', 'follows an execution to its end', async (context, name) =>
    (await import('./commands/follow.ts')).followCommand(context, { namespace: context.namespace, name }),
  );
  onExecution('cancel', 'asks an execution to stop at its next chunk', async (context, name) =>
    (await import('./commands/cancel.ts')).cancelCommand(context, { namespace: context.namespace, name }),
  );
  const downloads: readonly (readonly [string, Download, string])[] = [
    ['report', 'report.xlsx', 'brings the workbook of an execution here'],
    ['outcomes', 'outcomes.ndjson.gz', 'brings the complete outcomes of an execution here'],
    ['input', 'input', 'brings the input file of an execution here'],
  ];
  for (const [command, download, description] of downloads) {
    onExecution(command, description, async (context, name, options) => {
      const { downloadCommand } = await import('./commands/download.ts');
      return downloadCommand(context, { namespace: context.namespace, name }, download, options);
    }).option('--file <file>', 'where it goes (default: a file of the name of the execution)');
  }
  return program;
}

try {
  const program = buildProgram();
  for (const command of [program, ...program.commands]) {
    command.exitOverride();
    if (wantsJson(process.argv)) command.configureOutput({ writeErr: () => undefined });
  }
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) process.exitCode = EXIT.succeeded;
  else {
    // Commander has said it, to people.
    const body = errorBody(invalid(error.message.replace(/^error: /, ''), [], 'InvalidArguments'));
    if (wantsJson(process.argv)) process.stdout.write(`${JSON.stringify(body)}\n`);
    process.exitCode = EXIT.invalid;
  }
}
