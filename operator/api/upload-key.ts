import { createHash } from 'node:crypto';

/** The key of an upload travels in this header: unlike `Authorization`, the API server's proxy hands it on, and no log has it. */
export const UPLOAD_KEY_HEADER = 'x-smartconnector-upload-key';

/** 32 random bytes as base64url. */
const UPLOAD_KEY = /^[A-Za-z0-9_-]{43}$/;
const AWAITED = /^awaited-[0-9a-f]{64}$/;

export const isUploadKey = (text: string): boolean => UPLOAD_KEY.test(text);

/**
 * The artifact that an execution names as its input before the file is there. Whoever creates the execution makes up a key
 * and writes only its hash into it: the API server has let him create it, and nobody else can send its file, however many
 * may read it.
 */
export function awaitedArtifact(key: string): string {
  return `awaited-${createHash('sha256').update(key).digest('hex')}`;
}

/** Whether the input of an execution is a file that is sent after the execution was created. */
export const isAwaitedArtifact = (id: string): boolean => AWAITED.test(id);
