import { canonicalJson } from '../manifest/canonical-json.ts';
import { isJsonObject } from '../manifest/manifest.ts';

/**
 * The JSON merge patch (RFC 7396) that makes one object of another: null for what is gone, lists whole. Null where nothing
 * differs. Undefined members count as absent.
 */
export function buildMergePatch(before: object, after: object): object | null {
  const old = before as Readonly<Record<string, unknown>>;
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(after)) {
    const was = old[key];
    if (value === undefined || canonicalJson(value) === canonicalJson(was ?? null)) continue;
    patch[key] = isJsonObject(value) && isJsonObject(was) ? buildMergePatch(was, value) : value;
  }
  for (const key of Object.keys(old)) {
    if ((after as Readonly<Record<string, unknown>>)[key] === undefined && old[key] !== undefined) patch[key] = null;
  }
  return Object.keys(patch).length === 0 ? null : patch;
}
