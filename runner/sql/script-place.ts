import type { FaultDetail } from '../../core/errors/app-error.ts';
import type { SqlModel } from '../../core/model/connector.ts';

/** From a place in the script to a place in the file that holds it. */
export function placeFault({ origin }: Pick<SqlModel, 'origin'>, fault: FaultDetail): FaultDetail {
  if (fault.line === undefined) return { path: origin.path, ...fault };
  return {
    path: origin.path,
    ...fault,
    ...(origin.file === null ? {} : { file: origin.file }),
    line: origin.firstLine + fault.line - 1,
    column: (fault.column ?? 1) + origin.indent,
  };
}

/** `file:line:column: `, in front of a message; empty where the place is not known. */
export function describePlace(fault: FaultDetail | undefined): string {
  if (fault?.line === undefined) return '';
  return fault.file === undefined
    ? `line ${fault.line}, column ${fault.column ?? 1}: `
    : `${fault.file}:${fault.line}:${fault.column ?? 1}: `;
}
