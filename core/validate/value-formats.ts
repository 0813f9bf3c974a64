import type { ArrayDelimiter, VariableType, VariableValue } from '../model/connector.ts';

export interface Literal {
  /** The canonical value; null where it is blank or at fault. */
  readonly value: VariableValue;
  readonly fault: string | null;
}

/** Reads a literal of the manifest as its type. */
export function literalOf(_type: VariableType, text: string, delimiter: ArrayDelimiter | null): Literal {
  if (text === '') return { value: null, fault: null };
  return { value: delimiter === null ? text : text.split(delimiter.length === 1 ? delimiter : ','), fault: null };
}
