/**
 * Runs inside the jail, without the fence: each line of `<workspace>/script.json` in chDB, then what Node itself can see.
 * Results go to file descriptor 3 as JSON.
 */
import { readdirSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Session } from 'chdb';

interface Orders {
  readonly statements: readonly string[];
  readonly canary: string;
  readonly port: number;
  readonly behaviour: 'Report' | 'Exit' | 'Spin' | 'Allocate' | 'Abort';
}

const workspace = process.argv[2] ?? '';
const orders = JSON.parse(readFileSync(join(workspace, 'script.json'), 'utf8')) as Orders;

const attempt = (action: () => unknown): string => {
  try {
    return String(action());
  } catch (error) {
    return `refused: ${String(error)}`;
  }
};

const tryPort = (port: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve('connected'));
    socket.on('error', (error) => resolve(`refused: ${error.message}`));
  });

if (orders.behaviour === 'Exit') process.exit(7);
if (orders.behaviour === 'Abort') process.abort();
if (orders.behaviour === 'Spin') for (;;);
if (orders.behaviour === 'Allocate') {
  const kept: Buffer[] = [];
  for (;;) {
    kept.push(Buffer.alloc(16 * 1024 ** 2, 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const session = orders.statements.length > 0 ? new Session(join(process.argv[3] ?? workspace, 'data')) : null;
const results = orders.statements.map((sql) => attempt(() => session?.query(sql, 'TabSeparated')));
session?.cleanup();
const report = {
  results,
  file: attempt(() => readFileSync(orders.canary, 'utf8')),
  descriptors: readdirSync('/proc/self/fd')
    .map((fd) => attempt(() => readlinkSync(`/proc/self/fd/${fd}`)))
    .filter((target) => !target.startsWith('refused'))
    .join(' '),
  environment: JSON.stringify(process.env),
  processEnvironment: attempt(() => readFileSync('/proc/self/environ', 'utf8')),
  parentEnvironment: attempt(() => readFileSync(`/proc/${String(process.ppid)}/environ`, 'utf8')),
  network: await tryPort(orders.port),
};
writeSync(3, JSON.stringify(report));
process.exit(0);
