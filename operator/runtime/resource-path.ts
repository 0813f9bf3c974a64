import type { ResourceKind } from './resource.ts';

/** The path of a kind, or of one object of it. @param namespace empty: of every namespace, or a kind without one */
export function resourcePath({ apiVersion, plural }: ResourceKind, namespace: string, name?: string): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${group}${place}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
