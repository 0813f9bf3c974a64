import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { EXECUTION_ID } from '../../runner/artifacts/execution-files.ts';
import { DOWNLOADS, LINK_KEY_HEADER, isDownload, type Download } from './artifact-link.ts';
import { mayAccess, requireCaller } from './authorize.ts';
import { contentDisposition } from './file-name.ts';
import type { HttpPorts } from './http-ports.ts';
import { refusal } from './refusal.ts';
import type { StoredArtifact } from './stored-artifacts.ts';

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
        .send(request.method === 'HEAD' ? Readable.from([]) : readContent(artifact, ports, { executionId: uid, file }));
    },
  );
}

function readContent({ content }: StoredArtifact, { log }: HttpPorts, about: object): Readable {
  const source = Readable.from(content, { objectMode: false });
  // The answer has begun: its end is all that the other side sees of it.
  return source.on('error', (error) => log.error({ err: error, ...about }, 'a download broke off'));
}
