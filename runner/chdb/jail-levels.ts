import { accessSync, constants, lstatSync, readlinkSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';

/**
 * How far a process for untrusted SQL can be shut in here, from the best down:
 * `User`: own mounts, processes, network and IPC, a root directory of its own, and a user without rights.
 * `Root`: the same, but as the superuser stripped of every capability (the code is not readable for other users).
 * `UserNamespace`: the same within a user namespace, as the user who started it.
 * `Network`: without a network; the file system is the system's.
 * `Limits`: limits only, and no way to gain rights.
 * `None`: what the parent alone can hold: environment, process group, time and memory.
 */
export type JailLevel = 'User' | 'Root' | 'UserNamespace' | 'Network' | 'Limits' | 'None';

export interface JailSpec {
  /** Absolute path of the node binary. */
  readonly node: string;
  /** Script and arguments for node. */
  readonly argv: readonly string[];
  /** Absolute; read and written; the same path inside. */
  readonly workspace: string;
  /** Absolute; read and written; the same path inside, and the place where the new root is mounted. */
  readonly tmpDirectory: string;
  /** Absolute; visible and read-only. */
  readonly readOnly: readonly string[];
  readonly network: boolean;
  readonly fileBytes: number;
}

/** What is run: program and arguments. The last program is always node. */
export interface JailCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** The user that owns nothing, by convention `nobody`. */
export const NOBODY = 65534;

const LIBRARIES = ['/lib', '/lib32', '/lib64', '/usr/lib', '/usr/lib32', '/usr/lib64', '/usr/local/lib', '/nix/store'];
const DEVICES = ['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom'];
const LOADER_FILES = ['/etc/ld.so.cache'];
const NETWORK_FILES = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/ssl/certs', '/etc/pki/tls/certs'];
const DIRECTORIES = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].join(delimiter);

/** Levels worth trying, the best first. */
export function candidateLevels(isSuperuser: boolean): readonly JailLevel[] {
  return isSuperuser
    ? ['User', 'Root', 'UserNamespace', 'Network', 'Limits', 'None']
    : ['UserNamespace', 'Network', 'Limits', 'None'];
}

/** The command of a level, or null where a program that it needs is missing. */
export function buildCommand(level: JailLevel, spec: JailSpec, isSuperuser: boolean): JailCommand | null {
  if (level === 'None') return { file: spec.node, args: spec.argv };
  const shell = findProgram('sh');
  const setpriv = findProgram('setpriv');
  if (shell === null) return null;
  const run = [spec.node, ...spec.argv].map(quote).join(' ');
  const limits = [
    // Blocks of 512 bytes.
    `ulimit -f ${String(Math.ceil(spec.fileBytes / 512))}`,
    'ulimit -c 0',
    // The kernel's own killer of processes takes this one first.
    'echo 1000 2>/dev/null >/proc/self/oom_score_adj || true',
  ];
  const shut =
    setpriv === null
      ? null
      : `${quote(setpriv)} ${dropArguments(level, isSuperuser).join(' ')} --pdeathsig KILL -- ${run}`;
  if (level === 'Limits') {
    return { file: shell, args: ['-c', [...limits, `exec ${shut ?? run}`].join('\n')] };
  }
  const unshare = findProgram('unshare');
  if (unshare === null || setpriv === null || shut === null) return null;
  const outer = [setpriv, '--pdeathsig', 'KILL', '--', unshare];
  const asUser =
    level === 'UserNamespace' || (level === 'Network' && !isSuperuser) ? ['--user', '--map-root-user'] : [];
  const network = spec.network ? [] : ['--net'];
  if (level === 'Network') {
    const script = [...limits, `exec ${shut}`].join('\n');
    return command([...outer, ...asUser, ...network, '--', shell, '-c', script]);
  }
  const script = rootScript(spec, setpriv, limits, shut);
  if (script === null) return null;
  const namespaces = [
    '--mount',
    '--pid',
    '--ipc',
    '--uts',
    ...network,
    '--fork',
    '--kill-child',
    '--propagation',
    'private',
  ];
  return command([...outer, ...asUser, ...namespaces, '--', shell, '-c', script]);
}

function command(words: readonly string[]): JailCommand {
  const [file = '', ...args] = words;
  return { file, args };
}

function dropArguments(level: JailLevel, isSuperuser: boolean): readonly string[] {
  const drop = ['--no-new-privs'];
  if (level === 'User') drop.push(`--reuid ${String(NOBODY)}`, `--regid ${String(NOBODY)}`, '--clear-groups');
  // Taking capabilities out of the bounding set needs a capability; without any there is nothing to take.
  if (level !== 'Limits' || isSuperuser) drop.push('--inh-caps=-all', '--bounding-set=-all');
  return drop;
}

/** Builds a root directory of binds on a small file system in memory, and moves into it. */
function rootScript(spec: JailSpec, setpriv: string, limits: readonly string[], shut: string): string | null {
  const programs = ['mount', 'mkdir', 'chroot', 'ln'].map(findProgram);
  const [mount, mkdir, chroot, ln] = programs;
  if (mount == null || mkdir == null || chroot == null || ln == null) return null;
  const root = `${spec.tmpDirectory}/jail-root`;
  const lines = [
    'set -eu',
    `root=${quote(root)}`,
    `${mount} -t tmpfs -o mode=0755,size=4m,nosuid,nodev tmpfs "$root"`,
    'bind() {',
    `  if [ -d "$1" ]; then ${mkdir} -p "$root$1"; else ${mkdir} -p "$root\${1%/*}"; [ -e "$root$1" ] || : >"$root$1"; fi`,
    `  ${mount} --bind "$1" "$root$1"`,
    // In a user namespace the flags of the mount underneath must stay.
    `  [ "$2" = - ] || ${mount} -o "remount,bind,$2,nosuid,nodev" "$root$1" 2>/dev/null || ${mount} -o "remount,bind,$2,nosuid,nodev,noexec" "$root$1"`,
    '}',
  ];
  for (const path of LIBRARIES) {
    const target = linkTarget(path);
    if (target !== null) lines.push(`${mkdir} -p "$root${dirname(path)}"`, `${ln} -s ${quote(target)} "$root${path}"`);
    else if (exists(path)) lines.push(`bind ${path} ro`);
  }
  const readOnly = [...LOADER_FILES, ...(spec.network ? NETWORK_FILES : [])].filter(exists);
  const bound = [...readOnly, setpriv, spec.node, ...spec.readOnly].sort((a, b) => a.length - b.length);
  for (const path of new Set(bound)) lines.push(`bind ${quote(path)} ro`);
  for (const path of DEVICES.filter(exists)) lines.push(`bind ${path} -`);
  lines.push(`${mkdir} -p "$root/proc"`, `${mount} -t proc -o nosuid,nodev,noexec proc "$root/proc"`);
  for (const path of new Set([spec.workspace, spec.tmpDirectory])) lines.push(`bind ${quote(path)} rw`);
  lines.push(`${mount} -o remount,bind,ro,nosuid,nodev "$root"`);
  lines.push(...limits, `exec ${chroot} "$root" ${shut}`);
  return lines.join('\n');
}

/** A command that does not outlive the process that starts it, where the system can see to that. */
export function dyingWithParent(command: readonly string[]): readonly string[] {
  const setpriv = findProgram('setpriv');
  return setpriv === null ? command : [setpriv, '--pdeathsig', 'KILL', '--', ...command];
}

function findProgram(name: string): string | null {
  for (const directory of DIRECTORIES.split(delimiter)) {
    const path = `${directory}/${name}`;
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return null;
}

function linkTarget(path: string): string | null {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
  } catch {
    return null;
  }
}

function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
