import { AppError } from '../../core/errors/app-error.ts';
import type { ResourceKind } from './resource.ts';

/**
 * The path of a kind, or of one object of it. Names may come from people: one that a URL takes for a way up would lead to
 * another kind, or to all of them.
 *
 * @param namespace empty: of every namespace, or a kind without one
 * @throws AppError `InvalidObject` where a name is none
 */
export function resourcePath({ apiVersion, plural }: ResourceKind, namespace: string, name?: string): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = namespace === '' ? '' : `/namespaces/${encodeName(namespace)}`;
  return `${group}${place}/${plural}${name === undefined ? '' : `/${encodeName(name)}`}`;
}

function encodeName(name: string): string {
  if (name !== '' && name !== '.' && name !== '..') return encodeURIComponent(name);
  const message = `${JSON.stringify(name)} is no name of an object`;
  throw new AppError({ code: 'InvalidObject', class: 'terminal', message });
}
