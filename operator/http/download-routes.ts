import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../core/errors/app-error.ts';
import { EXECUTION_ID } from '../../runner/artifacts/execution-files.ts';
import { DOWNLOADS, LINK_KEY_HEADER, isDownload, type Download } from './artifact-link.ts';
import { mayAccess, requireCaller } from './authorize.ts';
import { contentDisposition } from './file-name.ts';
import type { HttpPorts } from './http-ports.ts';
import { refusal } from './refusal.ts';
import type { StoredArtifact } from './stored-artifacts.ts';
import { dropSlowReceiver } from './transfer-limits.ts';

const MEDIA_TYPES: Readonly<Record<Download, string>> = {
  input: 'application/octet-stream',
  'report.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'outcomes.ndjson.gz': 'application/gzip',
};

/** The files of executions, for whoever has the link that stands in their status, or may read executions. */
export function addDownloads(server: FastifyInstance, ports: HttpPorts): void {
  server.get<{ Params: { uid: string; file: string }; Querystring: { key?: unknown } }>(
    '/v1/executions/:uid/:file',
    async (request, reply) => {
      const { uid, file } = request.params;
      if (!EXECUTION_ID.test(uid)) throw refusal('NotFound', 'that is no id of an execution');
      if (!isDownload(file)) throw refusal('NotFound', `choose of ${Object.keys(DOWNLOADS).join(', ')}`);
      const key = request.headers[LINK_KEY_HEADER] ?? request.query.key;
      const isOpen = typeof key === 'string' && ports.links.isSigned(uid, file, key);
      const caller = isOpen ? null : await requireCaller(ports.api, request.headers);
      ports.slots.takeFor(reply.raw);
      const artifact = await ports.openArtifact(uid, DOWNLOADS[file]);
      const isAllowed =
        caller === null ||
        (artifact !== null && (await mayAccess(ports.api, caller, 'get', { namespace: artifact.namespace })));
      // Whoever may not read it is not told whether it is there.
      if (artifact === null || !isAllowed) {
        throw refusal(
          'NotFound',
          `there is no ${file} of this execution, or no longer: files go when they have been kept long enough`,
        );
      }
      return reply
        .type(MEDIA_TYPES[file])
        .header('content-length', artifact.bytes)
        .header('content-disposition', contentDisposition(artifact.fileName))
        .header('repr-digest', `sha-256=:${Buffer.from(artifact.sha256, 'hex').toString('base64')}:`)
        .header('accept-ranges', 'none')
        .header('cache-control', 'private, no-store')
        .send(
          request.method === 'HEAD'
            ? Readable.from([])
            : readContent(artifact, dropSlowReceiver(reply.raw, ports.clock), ports.log, { executionId: uid, file }),
        );
    },
  );
}

function readContent(
  artifact: StoredArtifact,
  onBytes: (bytes: number) => void,
  log: HttpPorts['log'],
  about: object,
): Readable {
  const source = Readable.from(asAnnounced(artifact, onBytes), { objectMode: false });
  // The answer has begun: its end is all that the other side sees of it.
  return source.on('error', (error) => log.error({ err: error, ...about }, 'a download broke off'));
}

/**
 * As many bytes as the header says. The runners of a namespace write the row that says how many there are: what goes beyond
 * would be read as the next answer on a connection that is shared, and what is missing would be taken from it.
 */
async function* asAnnounced(
  { content, bytes, fileName }: StoredArtifact,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let found = 0;
  // Kept back until it is known that it is the last one: where an answer has not begun, it can still be an error.
  let last: Buffer | null = null;
  for await (const piece of content) {
    found += piece.length;
    if (found > bytes) break;
    if (last !== null) yield last;
    onBytes(piece.length);
    last = piece;
  }
  if (found === bytes) {
    if (last !== null) yield last;
    return;
  }
  const message = `${fileName}: ${bytes} bytes were announced, and there are ${found > bytes ? 'more' : found}`;
  throw new AppError({ code: 'ArtifactDamaged', class: 'terminal', message });
}
