import type { FaultDetail } from '../errors/app-error.ts';
import { parsePath } from './field-path.ts';
import type { ManifestSource } from './manifest.ts';

/** Adds where the field of a fault stands to a fault that was met where the text of the manifest is out of sight. */
export function locateFault(source: ManifestSource, fault: FaultDetail): FaultDetail {
  if (fault.path === undefined || fault.line !== undefined || source.file === null) return fault;
  return { ...fault, file: source.file, ...source.placeOf(parsePath(fault.path)) };
}
