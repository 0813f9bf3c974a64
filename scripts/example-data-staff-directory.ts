import exceljs from 'exceljs';
import { asciiOf, personName, typedEmail, typedGermanPhone, typedUsPhone } from './example-data-names.ts';
import { dayAfter, Source, writeDay, type ExampleFile } from './example-data-source.ts';
import { repackZip } from './example-data-zip.ts';

const OFFICES = [
  ['BER', 'Berlin', 'Europe/Berlin', 'DE'],
  ['MUC', 'München', 'Europe/Berlin', 'DE'],
  ['DEN', 'Denver', 'America/Denver', 'US'],
  ['NYC', 'New York', 'America/New_York', 'US'],
  ['LAB', 'Lab, Building "C"', 'Denver time', 'US'],
] as const;
const LANGUAGES = ['English', 'German', 'Spanish', 'Polish', 'Turkish', 'French'] as const;
const GRADES = ['Junior', 'Senior', 'Lead', 'Director'] as const;

function addOffices(workbook: exceljs.Workbook): void {
  const sheet = workbook.addWorksheet('Offices');
  sheet.addRow(['Code', 'City', 'Time Zone', 'Opened']);
  OFFICES.forEach(([code, city, zone], index) => {
    sheet.addRow([code, city, zone, dayAfter('2009-03-04', index * 700)]);
  });
}

/** People and their phones. Every hundredth reports to nobody; the others report to somebody who may come later in the sheet. */
function addPeople(workbook: exceljs.Workbook, source: Source, count: number): void {
  const people = workbook.addWorksheet('People');
  const phones = workbook.addWorksheet('Phone Numbers');
  people.addRow([
    'Employee No',
    'Given Name',
    'Family Name',
    'E-Mail',
    'Office',
    'Grade',
    'Hired',
    'Salary',
    'Remote',
    'Languages',
    'Manager No',
  ]);
  phones.addRow(['Employee No', 'Country', 'Kind', 'Number']);
  for (let index = 0; index < count; index += 1) {
    const name = personName(source);
    const number = 1000 + index;
    const [code, , , country] = source.pick(OFFICES);
    const email = typedEmail(source, `${asciiOf(name.given)}.${asciiOf(name.family)}.${number}`, 'example.com');
    const hired = dayAfter('2009-03-04', source.integer(0, 6400));
    const manager = index % 100 === 0 ? null : source.perMille(6) ? 999 : 1000 + source.integer(0, count - 1);
    people.addRow([
      number,
      name.given,
      name.family,
      source.perMille(8) ? 'left the company' : email,
      source.perMille(5) ? 'PAR' : code,
      source.perMille(6) ? 'Intern' : source.pick(GRADES),
      // Most dates are real dates of the workbook; some were typed as text.
      source.perMille(30) ? writeDay(hired, 'MM/DD/YYYY') : hired,
      source.perMille(20) ? null : source.integer(38_000, 190_000) + 0.5,
      source.pick([true, false]),
      [...new Set([source.pick(LANGUAGES), source.pick(LANGUAGES)])].join('; '),
      manager,
    ]);
    if (index % 250 === 249) people.addRow([]);
    for (let phone = source.integer(0, 2); phone > 0; phone -= 1) {
      const text = source.perMille(15) ? 'ext. 42' : country === 'US' ? typedUsPhone(source) : typedGermanPhone(source);
      phones.addRow([number, country, source.pick(['Desk', 'Mobile']), text]);
    }
  }
}

/** A workbook of three sheets, as a personnel department keeps it. */
export async function staffDirectoryFiles(seed: number): Promise<ExampleFile[]> {
  const workbook = new exceljs.Workbook();
  workbook.creator = 'example';
  workbook.created = new Date('2026-11-01T00:00:00Z');
  workbook.modified = workbook.created;
  addOffices(workbook);
  addPeople(workbook, new Source(seed), 1200);
  const content = new Uint8Array(await workbook.xlsx.writeBuffer());
  return [{ path: 'staff-directory/staff.xlsx', content: await repackZip(content) }];
}
