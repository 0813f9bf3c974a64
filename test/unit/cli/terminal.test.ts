import { expect, test } from 'vitest';
import { openTerminal } from '../../../cli/terminal.ts';

function open(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 80, write: (text: string) => written.push(text) };
  return { written, terminal: openTerminal(stream, stream, true) };
}

/** Clears the screen, sets the title of the window, moves back over a line, and turns its direction round. */
const HOSTILE = 'a\u001b[2Jb\u001b]0;title\u0007c\rd\u009b1Ae\u202ef';

test('a terminal gets nothing of a value that it would obey', () => {
  const { written, terminal } = open(true);
  terminal.out(HOSTILE);
  terminal.err(HOSTILE);
  terminal.progress(HOSTILE);
  const seen = 'a�[2Jb�]0;title�c�d�1Ae�f';
  expect(written).toEqual([`${seen}\n`, `${seen}\n`, `\r\u001b[K${seen}`]);
});

test('lines and columns stay what they are', () => {
  const { written, terminal } = open(true);
  terminal.out('one\ttwo\nthree ✓ é\n');
  expect(written).toEqual(['one\ttwo\nthree ✓ é\n']);
});

test('a file gets every byte', () => {
  const { written, terminal } = open(false);
  terminal.out(HOSTILE);
  expect(written).toEqual([`${HOSTILE}\n`]);
});
