/** Letters of the bytes from 0x80 in the code pages of DOS that the WHATWG Encoding Standard leaves out (it has IBM866). */
const UPPER_HALVES: ReadonlyMap<string, string> = new Map([
  [
    'IBM437',
    'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐' +
      '└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0',
  ],
  [
    'IBM850',
    'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐' +
      '└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0',
  ],
  [
    'IBM852',
    'ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐' +
      '└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u00ad˝˛ˇ˘§÷¸°¨˙űŘř■\u00a0',
  ],
  [
    'IBM858',
    'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐' +
      '└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0',
  ],
]);

/** Bytes that are made text at a time. */
const PIECE = 4096;

/** The name of such a code page, by a label such as `cp850`, `IBM850` or `850`; null: it is none. */
export function dosCodePageOf(label: string): string | null {
  const number = /^\s*(?:ibm|cp|dos|oem)?[-_]?([0-9]{3})\s*$/i.exec(label)?.[1];
  const name = `IBM${number ?? ''}`;
  return UPPER_HALVES.has(name) ? name : null;
}

/** Text of a code page by its name. Every byte has a meaning. */
export function decodeDosText(bytes: Uint8Array, name: string): string {
  const upper = UPPER_HALVES.get(name);
  if (upper === undefined) throw new RangeError(`${name} is no code page of DOS`);
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) {
    const units = Array.from(bytes.subarray(at, at + PIECE), (byte) =>
      byte < 0x80 ? byte : upper.charCodeAt(byte - 0x80),
    );
    text += String.fromCharCode(...units);
  }
  return text;
}
