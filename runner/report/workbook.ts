import { cellText } from '../../core/report/cells.ts';
import type { PartText } from './part-text.ts';
import { renderStyles } from './styles.ts';
import {
  escapeXml,
  PACKAGE_RELATIONSHIPS_NAMESPACE,
  RELATIONSHIPS_NAMESPACE,
  SPREADSHEET_NAMESPACE,
  XML_HEADER,
} from './xml.ts';
import { ZipPackage } from './zip-package.ts';

export interface WorkbookProperties {
  readonly title: string;
  readonly subject: string;
  readonly description: string;
  /** ISO 8601 in UTC. */
  readonly created: string;
}

/** A sheet as the workbook lists it. */
interface SheetEntry {
  readonly name: string;
  readonly part: string;
  /** The range that the filter buttons cover, without the sheet: `$A$1:$F$20`; null without a filter. */
  filter: string | null;
  readonly repeatsHeader: boolean;
}

export interface OpenSheet {
  readonly part: PartText;
  /** To be called once the part has ended. */
  close(filter: string | null): void;
}

const OFFICE = 'application/vnd.openxmlformats-officedocument';
const DOCUMENT = 'http://schemas.openxmlformats.org/officeDocument/2006';

/** The parts of an XLSX package (ISO/IEC 29500-1) around its sheets, which are written one at a time. */
export class Workbook {
  readonly #package: ZipPackage;
  readonly #sheets: SheetEntry[] = [];
  #first: SheetEntry | null = null;

  private constructor(zip: ZipPackage) {
    this.#package = zip;
  }

  /** Starts a workbook under a temporary name beside `path`. Errors: AppError `ReportNotWritten`. */
  static async create(path: string, properties: WorkbookProperties, writer = ''): Promise<Workbook> {
    const zip = await ZipPackage.create(path, writer);
    const workbook = new Workbook(zip);
    try {
      await zip.add('_rels/.rels', renderPackageRelationships());
      await zip.add('docProps/core.xml', renderCoreProperties(properties));
      await zip.add('xl/styles.xml', renderStyles());
    } catch (error) {
      await zip.discard();
      throw error;
    }
    return workbook;
  }

  get sheetCount(): number {
    return this.#sheets.length + (this.#first === null ? 0 : 1);
  }

  /** `first`: the sheet stands before all others, whenever it is written. */
  openSheet(name: string, options: { readonly first?: boolean; readonly repeatsHeader?: boolean } = {}): OpenSheet {
    const part = `worksheets/sheet${this.sheetCount + 1}.xml`;
    const entry: SheetEntry = { name, part, filter: null, repeatsHeader: options.repeatsHeader ?? false };
    if (options.first === true) this.#first = entry;
    else this.#sheets.push(entry);
    return { part: this.#package.open(`xl/${part}`), close: (filter) => (entry.filter = filter) };
  }

  /** Completes the file under its temporary name. Returns its size in bytes. */
  async complete(): Promise<number> {
    const sheets = this.#first === null ? this.#sheets : [this.#first, ...this.#sheets];
    await this.#package.add('docProps/app.xml', renderAppProperties(sheets));
    await this.#package.add('xl/_rels/workbook.xml.rels', renderWorkbookRelationships(sheets));
    await this.#package.add('xl/workbook.xml', renderWorkbook(sheets));
    await this.#package.add('[Content_Types].xml', renderContentTypes(sheets));
    return this.#package.complete();
  }

  /** Gives a complete file its name. */
  async publish(): Promise<void> {
    await this.#package.publish();
  }

  /** Completes the file and gives it its name. Returns its size in bytes. */
  async finish(): Promise<number> {
    const bytes = await this.complete();
    await this.publish();
    return bytes;
  }

  async discard(): Promise<void> {
    await this.#package.discard();
  }
}

function renderPackageRelationships(): string {
  return (
    `${XML_HEADER}<Relationships xmlns="${PACKAGE_RELATIONSHIPS_NAMESPACE}">` +
    `<Relationship Id="rId1" Type="${DOCUMENT}/relationships/officeDocument" Target="xl/workbook.xml"/>` +
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"' +
    ' Target="docProps/core.xml"/>' +
    `<Relationship Id="rId3" Type="${DOCUMENT}/relationships/extended-properties" Target="docProps/app.xml"/>` +
    '</Relationships>'
  );
}

function renderCoreProperties(properties: WorkbookProperties): string {
  const text = (value: string) => escapeXml(cellText(value));
  return (
    `${XML_HEADER}<cp:coreProperties` +
    ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"' +
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"' +
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
    `<dc:title>${text(properties.title)}</dc:title><dc:subject>${text(properties.subject)}</dc:subject>` +
    `<dc:creator>SmartConnector</dc:creator><dc:description>${text(properties.description)}</dc:description>` +
    `<dcterms:created xsi:type="dcterms:W3CDTF">${text(properties.created)}</dcterms:created></cp:coreProperties>`
  );
}

function renderAppProperties(sheets: readonly SheetEntry[]): string {
  const titles = sheets.map((sheet) => `<vt:lpstr>${escapeXml(sheet.name)}</vt:lpstr>`).join('');
  return (
    `${XML_HEADER}<Properties xmlns="${DOCUMENT}/extended-properties" xmlns:vt="${DOCUMENT}/docPropsVTypes">` +
    '<Application>SmartConnector</Application><HeadingPairs><vt:vector size="2" baseType="variant">' +
    `<vt:variant><vt:lpstr>Worksheets</vt:lpstr></vt:variant><vt:variant><vt:i4>${sheets.length}</vt:i4></vt:variant>` +
    `</vt:vector></HeadingPairs><TitlesOfParts><vt:vector size="${sheets.length}" baseType="lpstr">${titles}</vt:vector>` +
    '</TitlesOfParts></Properties>'
  );
}

function renderWorkbookRelationships(sheets: readonly SheetEntry[]): string {
  const targets = sheets.map(
    (sheet, index) =>
      `<Relationship Id="rId${index + 1}" Type="${DOCUMENT}/relationships/worksheet" Target="${sheet.part}"/>`,
  );
  return (
    `${XML_HEADER}<Relationships xmlns="${PACKAGE_RELATIONSHIPS_NAMESPACE}">${targets.join('')}` +
    `<Relationship Id="rId${sheets.length + 1}" Type="${DOCUMENT}/relationships/styles" Target="styles.xml"/>` +
    '</Relationships>'
  );
}

function renderWorkbook(sheets: readonly SheetEntry[]): string {
  const list = sheets.map(
    (sheet, index) => `<sheet name="${escapeXml(sheet.name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`,
  );
  const names = sheets.flatMap((sheet, index) => {
    const quoted = escapeXml(quoteSheetName(sheet.name));
    const filter =
      sheet.filter === null
        ? []
        : [
            `<definedName name="_xlnm._FilterDatabase" localSheetId="${index}" hidden="1">${quoted}!${sheet.filter}</definedName>`,
          ];
    const titles = sheet.repeatsHeader
      ? [`<definedName name="_xlnm.Print_Titles" localSheetId="${index}">${quoted}!$1:$1</definedName>`]
      : [];
    return [...filter, ...titles];
  });
  const definedNames = names.length === 0 ? '' : `<definedNames>${names.join('')}</definedNames>`;
  return (
    `${XML_HEADER}<workbook xmlns="${SPREADSHEET_NAMESPACE}" xmlns:r="${RELATIONSHIPS_NAMESPACE}">` +
    '<workbookPr defaultThemeVersion="124226"/><bookViews><workbookView xWindow="0" yWindow="0" windowWidth="28800"' +
    ` windowHeight="15600" tabRatio="800" activeTab="0"/></bookViews><sheets>${list.join('')}</sheets>${definedNames}` +
    '</workbook>'
  );
}

/** A sheet name as a reference quotes it. */
export function quoteSheetName(name: string): string {
  return `'${name.replace(/'/g, "''")}'`;
}

function renderContentTypes(sheets: readonly SheetEntry[]): string {
  const override = (part: string, type: string) => `<Override PartName="/${part}" ContentType="${type}"/>`;
  return (
    `${XML_HEADER}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    override('xl/workbook.xml', `${OFFICE}.spreadsheetml.sheet.main+xml`) +
    sheets.map((sheet) => override(`xl/${sheet.part}`, `${OFFICE}.spreadsheetml.worksheet+xml`)).join('') +
    override('xl/styles.xml', `${OFFICE}.spreadsheetml.styles+xml`) +
    override('docProps/core.xml', 'application/vnd.openxmlformats-package.core-properties+xml') +
    override('docProps/app.xml', `${OFFICE}.extended-properties+xml`) +
    '</Types>'
  );
}
