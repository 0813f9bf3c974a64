import { expect, it } from 'vitest';
import { buildZip } from '../../support/zip-writer.ts';
import { intake } from './harness.ts';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const MAIN = 'http://purl.oclc.org/ooxml/spreadsheetml/main';
const OFFICE = 'http://purl.oclc.org/ooxml/officeDocument/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';

const relationships = (...targets: [type: string, target: string][]): string =>
  `${DECLARATION}<Relationships xmlns="${PACKAGE}/relationships">${targets
    .map(([type, target], index) => `<Relationship Id="rId${index + 1}" Type="${OFFICE}/${type}" Target="${target}"/>`)
    .join('')}</Relationships>`;

/** As ISO/IEC 29500 Strict has it: namespaces of its own, dates as text of ISO 8601. */
it.each([
  ['with a default namespace', '', 'xmlns'],
  ['with a prefix for every element', 'x:', 'xmlns:x'],
])('a strict workbook is read, %s', async (_case, p, xmlns) => {
  const bytes = buildZip([
    {
      name: '[Content_Types].xml',
      content: `${DECLARATION}<Types xmlns="${PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
    },
    { name: '_rels/.rels', content: relationships(['officeDocument', 'xl/workbook.xml']) },
    {
      name: 'xl/workbook.xml',
      content: `${DECLARATION}<${p}workbook ${xmlns}="${MAIN}" xmlns:r="${OFFICE}" conformance="strict"><${p}workbookPr dateCompatibility="0"/><${p}sheets><${p}sheet name="Orders" sheetId="1" r:id="rId1"/></${p}sheets></${p}workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: relationships(
        ['worksheet', 'worksheets/sheet1.xml'],
        ['sharedStrings', 'sharedStrings.xml'],
        ['styles', 'styles.xml'],
      ),
    },
    {
      name: 'xl/sharedStrings.xml',
      content: `${DECLARATION}<${p}sst ${xmlns}="${MAIN}"><${p}si><${p}t>Order</${p}t></${p}si><${p}si><${p}r><${p}t>Due </${p}t></${p}r><${p}r><${p}t>on</${p}t></${p}r></${p}si></${p}sst>`,
    },
    {
      name: 'xl/styles.xml',
      content: `${DECLARATION}<${p}styleSheet ${xmlns}="${MAIN}"><${p}cellXfs><${p}xf numFmtId="0"/><${p}xf numFmtId="14"/></${p}cellXfs></${p}styleSheet>`,
    },
    {
      name: 'xl/worksheets/sheet1.xml',
      content: `${DECLARATION}<${p}worksheet ${xmlns}="${MAIN}"><${p}sheetData><${p}row r="1"><${p}c r="A1" t="s"><${p}v>0</${p}v></${p}c><${p}c r="B1" t="s"><${p}v>1</${p}v></${p}c></${p}row><${p}row r="2"><${p}c r="A2"><${p}v>17</${p}v></${p}c><${p}c r="B2" s="1" t="d"><${p}v>2026-03-31</${p}v></${p}c></${p}row><${p}row r="3"><${p}c r="A3"><${p}v>18</${p}v></${p}c><${p}c r="B3" s="1"><${p}v>46112</${p}v></${p}c></${p}row></${p}sheetData></${p}worksheet>`,
    },
  ]);
  const { tables, failure } = await intake('orders.xlsx', bytes);
  expect(failure).toBeNull();
  expect(tables).toEqual([
    {
      name: 'orders',
      columns: ['order', 'due_on'],
      rows: [
        ['17', '2026-03-31'],
        ['18', '2026-03-31'],
      ],
    },
  ]);
});
