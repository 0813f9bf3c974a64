/** Groups of languages whose text shares an encoding of one byte a letter. */
export type Region = 'Western' | 'Central' | 'Baltic' | 'Turkish' | 'Cyrillic' | 'Greek' | 'Hebrew' | 'Arabic';

/** Letters outside ASCII, by language, in small letters. */
export const ALPHABETS: Readonly<Record<Region, readonly string[]>> = {
  Western: [
    'äöüß', // German
    'àâæçéèêëîïôœùûü', // French, Dutch
    'áéíñóúü', // Spanish
    'áâãàçéêíóôõúü', // Portuguese
    'àèéìòù', // Italian
    'åäöé', // Swedish, Finnish
    'æøåé', // Danish, Norwegian
    'áéíóúýæöðþ', // Icelandic
  ],
  Central: [
    'ąćęłńóśźż', // Polish
    'áčďéěíňóřšťúůýž', // Czech
    'áäčďéíĺľňóôŕšťúýž', // Slovak
    'áéíóöőúüű', // Hungarian
    'ăâîşţșț', // Romanian
    'čćđšž', // Croatian, Slovene
    'äöüß', // German
  ],
  Baltic: ['āčēģīķļņšūž', 'ąčęėįšųūž', 'äõöüšž'],
  Turkish: ['çğıi̇öşüâî'],
  Cyrillic: [
    'абвгдеёжзийклмнопрстуфхцчшщъыьэюя',
    'абвгґдеєжзиіїйклмнопрстуфхцчшщьюя',
    'абвгдђежзијклљмнњопрстћуфхцчџш',
  ],
  Greek: ['αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ'],
  Hebrew: ['אבגדהוזחטיךכלםמןנסעףפץצקרשת'],
  Arabic: ['ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگکی'],
};

/** The letters of Western Europe but those of Icelandic, which elsewhere are letters read wrong. */
export const WESTERN = 'äöüßàâæçéèêëîïôœùûáíñóúãõìòåøýÿšž';

/** A letter of the script of the region. */
export const SCRIPT_LETTERS: Readonly<Record<Region, RegExp>> = {
  Western: /\p{Script=Latin}/u,
  Central: /\p{Script=Latin}/u,
  Baltic: /\p{Script=Latin}/u,
  Turkish: /\p{Script=Latin}/u,
  Cyrillic: /\p{Script=Cyrillic}/u,
  Greek: /\p{Script=Greek}/u,
  Hebrew: /[א-ת]/u,
  Arabic: /[\p{Script=Arabic}\p{M}]/u,
};
