import { Command, CommanderError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { invalid } from '../core/errors/app-error.ts';
import { readConfig, type GlobalOptions } from './config.ts';
import type { ExplainRecordOptions } from './commands/explain-record.ts';
import type { RevertOptions } from './commands/revert.ts';
import type { InitOptions } from './commands/init.ts';
import type { CommandContext } from './command-context.ts';
import type { RunOptions } from './commands/run.ts';
import type { ReadingOptions } from './reading-options.ts';
import { armRequestedFault } from '../runner/faults/arm-requested-fault.ts';
import { errorBody, exitStatusOfError, renderError } from './errors.ts';
import { EXIT } from './exit-status.ts';
import { openTerminal } from './terminal.ts';
import { stopOnSignals } from './stop-signals.ts';
import { wantsJson } from './wants-json.ts';

/** The only place of the command-line tool that touches the process: arguments, environment, signals, exit status. */
const stopping = stopOnSignals();

const VERSION = packageJson.version;

type Action = (context: CommandContext) => Promise<number>;

function contextOf(options: GlobalOptions): CommandContext {
  const config = readConfig(options, process.env, process.stderr.isTTY);
  return {
    config,
    terminal: openTerminal(process.stdout, process.stderr, config.showProgress),
    now: () => new Date(),
    signal: stopping,
  };
}

async function perform(options: GlobalOptions, action: Action): Promise<void> {
  const context = contextOf(options);
  try {
    armRequestedFault(process.env['SMARTCONNECTOR_FAULT']);
    process.exitCode = await action(context);
  } catch (error) {
    const body = errorBody(error);
    context.terminal.progress('');
    if (context.config.output === 'json') context.terminal.out(JSON.stringify(body));
    else context.terminal.err(renderError(body));
    process.exitCode = exitStatusOfError(error);
  }
}

const collect = (value: string, values: readonly string[] = []): readonly string[] => [...values, value];

const SHARED = [
  new Option('-n, --namespace <name>', 'the namespace, where several have a resource of the name'),
  new Option('--state <directory>', 'where files and the embedded PostgreSQL are kept (default: .smartconnector)'),
  new Option('--database <url>', 'a PostgreSQL to use instead of the embedded one'),
];

/** A subcommand with the options that all of them take. */
function subcommand(program: Command, name: string, description: string, outputs = ['text', 'json']): Command {
  const command = program
    .command(name)
    .description(description)
    .addOption(new Option('-o, --output <format>', 'what is printed').choices(outputs).default(outputs[0]));
  for (const option of SHARED) command.addOption(option);
  return command;
}

/** Gives a subcommand the options that stand before its name; those after it go first. */
function passOptions(program: Command, command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    const value: unknown = program.getOptionValue(name);
    if (typeof value !== 'string' || command.getOptionValueSource(name) === 'cli') continue;
    if (option.argChoices?.includes(value) === false) {
      const choices = option.argChoices.join(', ');
      command.error(
        `error: option '${option.flags}' argument '${value}' is invalid. ${command.name()} takes ${choices}.`,
      );
    }
    command.setOptionValueWithSource(name, value, 'cli');
  }
}

const WAIT = 'how long a database that goes away is waited for';
const SECRETS = 'folder with the secrets of external sources (default: secrets, in the state directory)';

function buildProgram(): Command {
  const program = new Command('smartconnector')
    .description('Moves data in bulk from a file, a webhook or a schedule into typed Records.')
    .version(VERSION, '-V, --version', 'the version')
    .showHelpAfterError('(run with --help for the options)')
    .addOption(new Option('-o, --output <format>', 'what is printed; most commands take text and json'))
    .enablePositionalOptions()
    .hook('preAction', passOptions)
    .exitOverride();
  for (const option of SHARED) program.addOption(option);
  subcommand(program, 'validate', 'checks manifests, then the SQL of every connector on its sample')
    .argument('<path...>', 'manifest files and folders')
    .option('--secrets <directory>', SECRETS)
    .action(async (paths: string[], options: GlobalOptions) =>
      perform(options, async (context) => (await import('./commands/validate.ts')).validateCommand(context, paths)),
    );
  subcommand(program, 'run', 'runs a connector on a file and reports on every row')
    .argument('<path...>', 'manifest files and folders')
    .requiredOption('-c, --connector <name>', 'the connector')
    .option('-i, --input <file>', 'the file, or the JSON or NDJSON file of webhook events')
    .option('--dry-run', 'predicts everything and writes nothing')
    .option('--no-diff-check', 'loads every row, also those that the previous run brought in')
    .option('--report <file>', 'where the workbook goes')
    .option('--no-report', 'leaves the workbook to "smartconnector report"')
    .option('--execution <id>', 'resumes the execution of this id; an id not seen yet names the new one')
    .option('--scheduled-time <time>', 'the slot of a Scheduler, ISO 8601 (default: now)')
    .option('--secrets <directory>', SECRETS)
    .option('--chunk-rows <rows>', 'rows of one transaction', '10000')
    .option('--wait <seconds>', WAIT, '120')
    .action(async (paths: string[], options: GlobalOptions & RunOptions) =>
      perform(options, async (context) => (await import('./commands/run.ts')).runCommand(context, paths, options)),
    );
  subcommand(program, 'revert', 'takes back what an execution wrote, where nobody changed it since')
    .argument('<id>', 'the execution to take back')
    .option('--dry-run', 'predicts everything and writes nothing')
    .option('--report <file>', 'where the workbook goes')
    .option('--no-report', 'leaves the workbook to "smartconnector report"')
    .option('--execution <id>', 'resumes the revert of this id; an id not seen yet names the new one')
    .option('--chunk-rows <rows>', 'records of one transaction', '10000')
    .option('--wait <seconds>', WAIT, '120')
    .action(async (id: string, options: GlobalOptions & RevertOptions) =>
      perform(options, async (context) => (await import('./commands/revert.ts')).revertCommand(context, id, options)),
    );
  subcommand(program, 'explain', 'the plan of a connector as a person reads it')
    .argument('<path...>', 'manifest files and folders')
    .requiredOption('-c, --connector <name>', 'the connector')
    .action(async (paths: string[], options: GlobalOptions & { connector: string }) =>
      perform(options, async (context) =>
        (await import('./commands/explain.ts')).explainCommand(context, paths, options),
      ),
    );
  addFileCommands(program);
  addRecordCommands(program);
  addExecutionCommands(program);
  return program;
}

function addFileCommands(program: Command): void {
  const reading = (command: Command): Command =>
    command
      .argument('<file>', 'a CSV, TSV, XLSX or ZIP file')
      .option('--delimiter <character>', 'between the values of a text file (default: found out)')
      .option('--encoding <name>', 'of a text file without a byte order mark (default: found out)')
      .option('--phone-region <code>', 'the country of phone numbers that name none, for example US')
      .option('--limit <name=value>', 'another limit than the default, for example columns=50000', collect);
  reading(subcommand(program, 'inspect', 'what a file holds: tables, columns, types, and what is odd by row')).action(
    async (file: string, options: GlobalOptions & ReadingOptions) =>
      perform(options, async (context) =>
        (await import('./commands/inspect.ts')).inspectCommand(context, file, options),
      ),
  );
  reading(subcommand(program, 'init', 'writes manifests for files like this one: an object, a connector, a sample'))
    .option('--directory <directory>', 'where they go (default: a directory of the name of the connector)')
    .option('--name <name>', 'of the connector (default: after the file)')
    .option('--force', 'writes over files that are there')
    .action(async (file: string, options: GlobalOptions & InitOptions) =>
      perform(options, async (context) => (await import('./commands/init.ts')).initCommand(context, file, options)),
    );
}

function addRecordCommands(program: Command): void {
  subcommand(program, 'records', 'the records of an object', ['table', 'json', 'csv'])
    .argument('<object>', 'the object')
    .option(
      '--where <field=value>',
      'only records whose field equals the value (also != < <= > >=); given several times, all must hold',
      collect,
    )
    .option('--archived', 'archived records too')
    .option('--limit <rows>', 'at most so many')
    .action(
      async (
        object: string,
        options: GlobalOptions & { where?: readonly string[]; archived?: boolean; limit?: string },
      ) =>
        perform(options, async (context) =>
          (await import('./commands/records.ts')).recordsCommand(context, object, options),
        ),
    );
  subcommand(program, 'explain-record', 'which execution, row and rule wrote each field of a record')
    .argument('<object>', 'the object')
    .argument('<id>', 'the record id')
    .option('--limit <rows>', 'at most so many rows of its history', '20')
    .option('--executions <number>', 'at most so many executions are searched, the newest first', '1000')
    .action(async (object: string, id: string, options: GlobalOptions & ExplainRecordOptions) =>
      perform(options, async (context) =>
        (await import('./commands/explain-record.ts')).explainRecordCommand(context, object, id, options),
      ),
    );
  subcommand(program, 'archive', 'archives records')
    .argument('<object>', 'the object')
    .argument('<id...>', 'record ids')
    .action(async (object: string, ids: string[], options: GlobalOptions) =>
      perform(options, async (context) => (await import('./commands/records.ts')).archiveCommand(context, object, ids)),
    );
}

function addExecutionCommands(program: Command): void {
  const load = () => import('./commands/executions.ts');
  subcommand(program, 'executions', 'what ran, the newest first')
    .option('-c, --connector <name>', 'only those of a connector')
    .option('--limit <rows>', 'at most so many', '50')
    .action(async (options: GlobalOptions & { connector?: string; limit: string }) =>
      perform(options, async (context) => (await load()).executionsCommand(context, options)),
    );
  subcommand(program, 'report', 'makes the workbook of an execution, and says where it is')
    .argument('<id>', 'the execution')
    .option('--report <file>', 'where the workbook goes')
    .option('--html <file>', 'makes an HTML page instead: counts, a chart, problems by reason, rows to search')
    .action(async (id: string, options: GlobalOptions & { report?: string; html?: string }) =>
      perform(options, async (context) => (await load()).reportCommand(context, id, options)),
    );
  subcommand(program, 'input', 'the input file of an execution')
    .argument('<id>', 'the execution')
    .option('--file <file>', 'where it goes (default: standard output)')
    .action(async (id: string, options: GlobalOptions & { file?: string }) =>
      perform(options, async (context) => (await load()).inputCommand(context, id, options)),
    );
  subcommand(program, 'outcomes', 'what happened to every row, as NDJSON')
    .argument('<id>', 'the execution')
    .option('--step <name>', 'only those of a load step')
    .option('--status <status>', 'only those of a status')
    .action(async (id: string, options: GlobalOptions & { step?: string; status?: string }) =>
      perform(options, async (context) => (await load()).outcomesCommand(context, id, options)),
    );
  subcommand(program, 'rejected', 'the bad rows of an execution, as a file to correct and run again')
    .argument('<id>', 'the execution')
    .option('--file <file>', 'where it goes (default: standard output)')
    .action(async (id: string, options: GlobalOptions & { file?: string }) =>
      perform(options, async (context) => (await load()).rejectedCommand(context, id, options)),
    );
  subcommand(program, 'cancel', 'asks a running execution to stop at its next chunk')
    .argument('<id>', 'the execution')
    .action(async (id: string, options: GlobalOptions) =>
      perform(options, async (context) => (await load()).cancelCommand(context, id)),
    );
}

try {
  const program = buildProgram();
  const json = wantsJson(process.argv);
  for (const command of [program, ...program.commands]) {
    command.exitOverride();
    if (json) command.configureOutput({ writeErr: () => undefined });
  }
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) process.exitCode = EXIT.succeeded;
  else {
    // Help that nobody asked for stands where a command is missing.
    const isMissing = error.code === 'commander.help';
    const message = isMissing ? 'name a command: "smartconnector --help" lists them' : error.message;
    const body = errorBody(invalid(message.replace(/^error: /, ''), [], 'InvalidArguments'));
    if (wantsJson(process.argv)) process.stdout.write(`${JSON.stringify(body)}\n`);
    process.exitCode = EXIT.invalid;
  }
}
