import { createHmac, timingSafeEqual } from 'node:crypto';

/** What of an execution can be downloaded, by the last part of the path. */
export const DOWNLOADS = {
  input: 'Input',
  'report.xlsx': 'Report',
  'outcomes.ndjson.gz': 'Outcomes',
} as const;

/** The key of a link may stand in this header in place of the URL, which proxies and audits write down. */
export const LINK_KEY_HEADER = 'x-smartconnector-key';

export type Download = keyof typeof DOWNLOADS;

export const isDownload = (name: string): name is Download => Object.hasOwn(DOWNLOADS, name);

/**
 * Makes and checks links that open by themselves. They stand in the status of an execution, so whoever may read that may
 * follow them, also where the way there carries no token: through `kubectl proxy` or a port-forward, in a browser.
 */
export class ArtifactLinks {
  readonly #baseUrl: string;
  readonly #key: Buffer;

  /** @param key a secret that all replicas share */
  constructor(baseUrl: string, key: Buffer) {
    this.#baseUrl = baseUrl;
    this.#key = key;
  }

  /** @param uid of the execution */
  build(uid: string, download: Download): string {
    return `${this.#baseUrl}/v1/executions/${encodeURIComponent(uid)}/${download}?key=${this.#sign(uid, download)}`;
  }

  isSigned(uid: string, download: Download, key: string): boolean {
    const expected = Buffer.from(this.#sign(uid, download));
    const given = Buffer.from(key);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }

  #sign(uid: string, download: Download): string {
    return createHmac('sha256', this.#key).update(`${uid}/${download}`).digest('base64url');
  }
}
