/** The floor: `engine-main.ts FILE.csv TABLE.tsv DATA` has the engine read the file and write it as a table, all values as they are. */
import { Session } from 'chdb';
import { quoteText } from '../../core/typing/sql-text.ts';
import { COLUMNS } from '../data/record.ts';

const [source = '', target = '', data = ''] = process.argv.slice(2);
const types = COLUMNS.map((name) => `${name} Nullable(String)`).join(', ');
const session = new Session(data);
session.query(
  `INSERT INTO FUNCTION file(${quoteText(target)}, 'TabSeparated', ${quoteText(`_row UInt64, ${types}`)})
   SELECT rowNumberInAllBlocks() + 1, ${COLUMNS.map((name) => `nullIf(trim(${name}), '')`).join(', ')}
   FROM file(${quoteText(source)}, 'CSVWithNames', ${quoteText(types)})
   SETTINGS max_threads = 1, input_format_csv_trim_whitespaces = 0`,
);
session.cleanup();
