import { spawn } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestApiServer } from './api-server.ts';
import type { CliResult } from './cli.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/smartconnector', import.meta.url));

export interface PluginCall extends Promise<CliResult> {
  interrupt(): void;
}

export interface KubectlPlugin {
  readonly directory: string;
  /** A kubeconfig of the tests' API server for this token. */
  kubeconfig(token: string): Promise<string>;
  /** Runs the plugin as kubectl finds it: by its name, in a folder of PATH. */
  run(kubeconfig: string, args: readonly string[], onError?: (text: string) => void): PluginCall;
  close(): Promise<void>;
}

/** Installs the plugin in a folder of its own. */
export async function installPlugin(server: TestApiServer): Promise<KubectlPlugin> {
  const directory = await mkdtemp(join(tmpdir(), 'smartconnector-plugin-'));
  const plugin = join(directory, 'kubectl-smartconnector');
  await symlink(PROGRAM, plugin);
  return {
    directory,
    kubeconfig: async (token) => {
      const path = join(directory, `kubeconfig-${token.slice(-8)}`);
      const config = JSON.parse(server.config.exportConfig()) as { users: { user: { token: string } }[] };
      for (const { user } of config.users) user.token = token;
      await writeFile(path, JSON.stringify(config), { mode: 0o600 });
      return path;
    },
    run: (kubeconfig, args, onError) => {
      const child = spawn(plugin, args, {
        cwd: directory,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'] ?? '', KUBECONFIG: kubeconfig },
      });
      const ended = new Promise<CliResult>((resolve, reject) => {
        let stdout = '';
        let stderr = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          stderr += text;
          onError?.(stderr);
        });
        child.on('error', reject);
        child.on('close', (status, signal) =>
          resolve({ status, signal, stdout, stderr, json: () => JSON.parse(stdout) as unknown }),
        );
      });
      return Object.assign(ended, { interrupt: () => void child.kill('SIGINT') });
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
