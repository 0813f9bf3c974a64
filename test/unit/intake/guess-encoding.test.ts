import { describe, expect, it } from 'vitest';
import { guessEncoding } from '../../../core/intake/guess-encoding.ts';
import { encodingOfPrefix } from '../../../core/intake/text-encoding.ts';
import { encodeAs } from '../../support/encode-as.ts';

describe('the encoding of text that is not UTF-8', () => {
  const cases: [encoding: string, sentence: string, text: string][] = [
    ['Windows-1252', 'German', 'id,name\n1,Müller\n2,Größe\n3,Jäger\n'],
    ['Windows-1252', 'French with typographic signs', 'id,nom\n1,Hélène\n2,François\n3,Île-de-France – “œuvre”\n'],
    ['Windows-1252', 'Spanish', 'id,nombre\n1,José Muñoz\n2,Peña\n'],
    ['Windows-1252', 'Swedish', 'id,namn\n1,Åsa Öberg\n2,Göteborg\n3,Malmö\n'],
    ['Windows-1252', 'Danish', 'id,navn\n1,Søren Ærø\n2,Ålborg\n'],
    ['Windows-1252', 'Portuguese', 'id,nome\n1,João Gonçalves\n2,São Paulo\n'],
    ['Windows-1252', 'Italian', 'id,citta\n1,Forlì\n2,Cantù\n3,perché è così\n'],
    ['Windows-1252', 'names of many countries', 'Jürgen Groß\nJosé Núñez\nJoão\nZoë\nÅke Lindström\nÇelik\n'],
    ['Windows-1252', 'capitals', 'id,n\n1,MÜLLER\n2,STRAßE\n3,JÄGER\n4,ÖSTERREICH\n'],
    ['Windows-1252', 'one accent in the whole file', 'id,x\n1,café\n'],
    ['Windows-1252', 'units and fractions', 'id,t\n1,20°C\n2,10×20 cm\n3,±5 µm\n4,m²\n5,½ inch\n'],
    ['Windows-1252', 'prices in euros', 'id,n\n1,€ 5\n2,€ 6\n'],
    ['Windows-1252', 'English with curly quotes', 'id,n\n1,it’s “ok” – yes…\n'],
    ['Windows-1250', 'Polish', 'id,nazwa,miasto\n1,Łukasz Żółć,Łódź\n2,Michał,Kraków\n3,Świętosław,Gdańsk\n'],
    ['Windows-1250', 'Czech', 'id,jméno,město\n1,Jiří Dvořák,Plzeň\n2,Tomáš Žižka,Brno\n3,Šárka,Ústí\n'],
    ['Windows-1250', 'Hungarian', 'id,név\n1,Győző Árvíztűrő\n2,Ödön\n3,Erzsébet\n'],
    ['Windows-1251', 'Russian', 'id,имя,город\n1,Иван Петрович,Москва\n2,Пётр,Санкт-Петербург\n'],
    ['Windows-1251', 'Russian in capitals', 'id,n\n1,МОСКВА\n2,ООО РОМАШКА\n'],
    ['Windows-1251', 'Ukrainian', 'id,назва\n1,Київ\n2,Львів\n3,Їжак\n'],
    ['Windows-1251', 'a single Russian word', 'id,name\n1,Иван\n'],
    ['KOI8-R', 'Russian', 'id,имя,город\n1,Иван Петрович,Москва\n2,Пётр,Новосибирск\n'],
    ['IBM866', 'Russian', 'id,имя,город\n1,Иван Петрович,Москва\n2,Пётр,Новосибирск\n'],
    ['Windows-1253', 'Greek', 'id,όνομα\n1,Γιώργος Παπαδόπουλος\n2,Αθήνα\n3,Θεσσαλονίκη\n'],
    ['Windows-1254', 'Turkish', 'id,isim\n1,Şükrü Çağlayan\n2,İstanbul\n3,Ağrı\n'],
    ['Windows-1255', 'Hebrew', 'id,שם\n1,ירושלים תל אביב\n2,משה כהן\n'],
    ['Windows-1256', 'Arabic', 'id,اسم\n1,محمد عبد الله\n2,القاهرة\n'],
    ['Windows-1257', 'Lithuanian', 'id,vardas\n1,Žygimantas Čiurlionis\n2,Šiauliai, Panevėžys\n3,Ąžuolas įmonė\n'],
    ['macintosh', 'French', 'id,nom\n1,Hélène\n2,François Müller\n3,Größe\n'],
    ['Shift_JIS', 'Japanese', '番号,名前,住所\n1,山田太郎,東京都千代田区\n2,鈴木花子,大阪府大阪市\n'],
    ['Shift_JIS', 'a single Japanese word', 'id,name\n1,東京都\n'],
    ['EUC-JP', 'Japanese', '番号,名前,カナ\n1,山田太郎,ヤマダタロウ\n2,鈴木花子の町,スズキ\n'],
    ['GB18030', 'simplified Chinese', '编号,姓名,地址\n1,王小明,北京市海淀区\n2,李华,上海市浦东新区\n'],
    ['Big5', 'traditional Chinese', '編號,姓名,地址\n1,王小明,臺北市中正區\n2,李華,高雄市\n'],
    ['EUC-KR', 'Korean', '번호,이름,주소\n1,김철수,서울특별시\n2,이영희,부산광역시\n'],
  ];
  it.each(cases)('%s: %s', (encoding, _, text) => {
    expect(guessEncoding(encodeAs(encoding, text))).toBe(encoding);
  });

  it('is Windows-1252 where nothing speaks for another', () => {
    expect(guessEncoding(Buffer.from([0xe9, 0x2c, 0x81]))).toBe('Windows-1252');
    expect(guessEncoding(Buffer.alloc(0))).toBe('Windows-1252');
  });
});

describe('the encoding that the first bytes say', () => {
  const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
  const cases: [sentence: string, bytes: Uint8Array, encoding: string | null, bomBytes?: number][] = [
    ['a UTF-8 mark', Buffer.from('\ufeffa'), 'UTF-8', 3],
    ['a UTF-16 mark', Buffer.from('\ufeffa', 'utf16le'), 'UTF-16LE', 2],
    ['a big-endian UTF-16 mark', utf16be('\ufeffa'), 'UTF-16BE', 2],
    ['a UTF-32 mark', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), 'UTF-32', 4],
    ['a big-endian UTF-32 mark', Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0x61]), 'UTF-32', 4],
    ['UTF-16 without a mark', Buffer.from('a,b\n1,2\n', 'utf16le'), 'UTF-16LE', 0],
    ['big-endian UTF-16 without a mark', utf16be('a,b\n1,2\n'), 'UTF-16BE', 0],
    ['Cyrillic UTF-16 without a mark', Buffer.from('номер,имя\n1,Иван\n2,Пётр\n', 'utf16le'), 'UTF-16LE', 0],
    ['Chinese UTF-16 without a mark', utf16be('编号,姓名\r\n1,王小明\r\n2,李华\r\n'), 'UTF-16BE', 0],
    ['Japanese UTF-16 without a mark', Buffer.from('番号,名前\r\n1,山田太郎\r\n', 'utf16le'), 'UTF-16LE', 0],
    [
      'UTF-16 without a mark, of letters that are ASCII by halves',
      Buffer.from('1,あい\n2,うえ\n', 'utf16le'),
      'UTF-16LE',
      0,
    ],
    ['the same, big-endian', utf16be('1,あい\n2,うえ\n'), 'UTF-16BE', 0],
    ['plain text', Buffer.from('a,b\n1,2\n'), null],
    ['text with NUL characters', Buffer.from('a\0b\0c\0d\0,1\r\nx\0y\0z\0u\0,2\r\n'), null],
    ['values filled up with NUL characters', Buffer.from('id,name\n1,ab\0\0\0\0\n2,cde\0\0\0\n'), null],
    ['a few NUL characters, one of them behind a line end', Buffer.from('"\0\n\0a"\r\n'), null],
    ['NUL characters in half of the places, with lines of UTF-8', Buffer.from(`${'a\0'.repeat(20)}\r\n`), null],
    ['letters and a few NUL characters, one of them behind a line end', Buffer.from('é\n\0;\0éé'), null],
    ['nothing', Buffer.alloc(0), null],
  ];
  it.each(cases)('%s', (_, bytes, encoding, bomBytes) => {
    expect(encodingOfPrefix(bytes)).toEqual(encoding === null ? null : { encoding, bomBytes });
  });
});
