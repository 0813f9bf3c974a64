import { resolve } from 'node:path';

/** What every command needs to know of the machine; made once, in `main`. */
export interface CliConfig {
  readonly stateDirectory: string;
  /** A `postgres://` URL; null: the embedded PostgreSQL under the state directory. */
  readonly databaseUrl: string | null;
  readonly output: 'text' | 'json';
  readonly namespace: string | null;
  /** Progress is drawn on a terminal only. */
  readonly showProgress: boolean;
  readonly user: string | null;
}

export interface GlobalOptions {
  readonly state?: string;
  readonly database?: string;
  readonly output?: string;
  readonly namespace?: string;
}

/** Flags go before the environment, the environment before the defaults. */
export function readConfig(options: GlobalOptions, environment: NodeJS.ProcessEnv, isTerminal: boolean): CliConfig {
  const output = options.output === 'json' ? 'json' : 'text';
  return {
    stateDirectory: resolve(options.state ?? environment['SMARTCONNECTOR_STATE'] ?? '.smartconnector'),
    databaseUrl: options.database ?? environment['SMARTCONNECTOR_DATABASE'] ?? null,
    output,
    namespace: options.namespace ?? null,
    showProgress: isTerminal && output === 'text',
    user: environment['USER'] ?? environment['LOGNAME'] ?? null,
  };
}
