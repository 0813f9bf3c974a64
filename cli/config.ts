import { join, resolve } from 'node:path';

/** What every command needs to know of the machine; made once, in `main`. */
export interface CliConfig {
  readonly stateDirectory: string;
  /** A `postgres://` URL; null: the embedded PostgreSQL under the state directory. */
  readonly databaseUrl: string | null;
  /** Secrets of external sources: a folder for each, in it a file for each key. */
  readonly secretsDirectory: string;
  readonly output: 'text' | 'json';
  readonly namespace: string | null;
  /** Progress is drawn on a terminal only. */
  readonly showProgress: boolean;
  readonly user: string | null;
}

export interface GlobalOptions {
  readonly state?: string;
  readonly database?: string;
  readonly secrets?: string;
  readonly output?: string;
  readonly namespace?: string;
}

/** Flags go before the environment, the environment before the defaults. */
export function readConfig(options: GlobalOptions, environment: NodeJS.ProcessEnv, isTerminal: boolean): CliConfig {
  const output = options.output === 'json' ? 'json' : 'text';
  const stateDirectory = resolve(options.state ?? environment['SMARTCONNECTOR_STATE'] ?? '.smartconnector');
  const secrets = options.secrets ?? environment['SMARTCONNECTOR_SECRETS'];
  return {
    stateDirectory,
    secretsDirectory: secrets === undefined ? join(stateDirectory, 'secrets') : resolve(secrets),
    databaseUrl: options.database ?? environment['SMARTCONNECTOR_DATABASE'] ?? null,
    output,
    namespace: options.namespace ?? null,
    showProgress: isTerminal && output === 'text',
    user: environment['USER'] ?? environment['LOGNAME'] ?? null,
  };
}
