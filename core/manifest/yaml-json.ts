import { isCollection, isPair, isScalar, visit, type Scalar } from 'yaml';
import type { FaultDetail } from '../errors/app-error.ts';
import { placeAt, type YamlText } from './yaml-source.ts';

/** What YAML can say and JSON, which the API server stores, cannot. */
export function checkJson(text: YamlText): FaultDetail[] {
  const faults: FaultDetail[] = [];
  const add = (offset: number | undefined, message: string, hint: string): void => {
    faults.push({ message, file: text.file, ...placeAt(text.counter, offset ?? 0), hint });
  };
  visit(text.document, {
    Scalar(_, node) {
      if (typeof node.value === 'number' && !Number.isFinite(node.value)) {
        add(node.range?.[0], `${String(node.value)} is not a number that JSON can hold`, 'write a finite number');
      }
    },
    Pair(_, pair) {
      if (isPair(pair) && isCollection(pair.key)) {
        add(pair.key.range?.[0], 'a map or list cannot be the name of a property', 'use a text as the key');
      }
    },
  });
  return faults;
}

/** kubectl reads YAML 1.1, in which these words without quotes are true and false. */
const YAML_11_WORD = /^(y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/;

/** Notes on values that kubectl would read as a Boolean and this parser reads as the text they are. */
export function yaml11Words(text: YamlText): FaultDetail[] {
  const notes: FaultDetail[] = [];
  const look = (node: Scalar): void => {
    if (node.type !== 'PLAIN' || typeof node.value !== 'string' || !YAML_11_WORD.test(node.value)) return;
    notes.push({
      message: `kubectl reads ${node.value} without quotes as a Boolean`,
      file: text.file,
      ...placeAt(text.counter, node.range?.[0] ?? 0),
      hint: `write '${node.value}'`,
    });
  };
  visit(text.document, {
    Scalar(key, node) {
      if (key !== 'key') look(node);
    },
    Pair(_, pair) {
      if (isScalar(pair.key)) look(pair.key);
    },
  });
  return notes;
}
