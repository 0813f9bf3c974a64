import { expectation, problemCode, withArticle } from './expectation.ts';
import { quoteText } from './sql-text.ts';
import { phoneReading, REGION_MISSING, type VariablePlan, type VariableReading } from './variable-plan.ts';

/** Characters of a value that a message repeats. */
export const SHOWN_CHARACTERS = 80;
/** Problems of one list that a row names. */
const LIST_PROBLEMS = 10;

/**
 * Expressions of type Array(String), each element the JSON of a RowProblem, over the columns of a converted variable:
 * `nul`, `s`, `v`, `value` and `failed`.
 */
export function problemSql(plan: VariablePlan, reading: VariableReading): string[] {
  const { variable, prefix } = plan;
  const isArray = variable.arrayDelimiter !== null;
  const sql: string[] = [];
  if (plan.nulSql !== null) {
    const message = `${variable.name}: NUL characters were removed`;
    sql.push(`if(${prefix}nul, [${quoteText(problemJson('NulRemoved', variable.name, message))}], emptyArrayString())`);
  }
  if (!plan.canonical) sql.push(failureSql(plan, reading, isArray));
  if (variable.required) {
    const message = `${variable.name} is required and has no value`;
    const json = quoteText(problemJson('RequiredMissing', variable.name, message));
    sql.push(`if(empty(${prefix}value), [${json}], emptyArrayString())`);
  }
  return sql;
}

function failureSql(
  { variable, prefix }: VariablePlan,
  { format, phoneTable }: VariableReading,
  isArray: boolean,
): string {
  const { name, type } = variable;
  const invalid = objectSql(
    problemCode(type),
    name,
    ` is not ${withArticle(type)} (expected ${expectation(type, format)})`,
  );
  const missing = objectSql(
    'PhoneRegionMissing',
    name,
    ' has no country code; set phoneRegion on the variable or the connector',
  );
  const json =
    phoneTable === null ? invalid : `if(${phoneReading(phoneTable)} = '${REGION_MISSING}', ${missing}, ${invalid})`;
  // A lambda over the failed texts alone: no message is built for the others.
  const failed = isArray
    ? `arraySlice(arrayFilter((s, v) -> v = '', ${prefix}s, ${prefix}v), 1, ${LIST_PROBLEMS})`
    : `if(${prefix}failed > 0, [${prefix}s], emptyArrayString())`;
  return `arrayMap(s -> ${json}, ${failed})`;
}

/** The JSON of a problem whose message shows the text `s`. */
function objectSql(code: string, variable: string, rest: string): string {
  const shown =
    `concat(substringUTF8(replaceAll(toValidUTF8(s), '\\0', ''), 1, ${SHOWN_CHARACTERS}), ` +
    `if(lengthUTF8(s) > ${SHOWN_CHARACTERS}, '…', ''))`;
  const message = `toJSONString(concat(${quoteText(`${variable}: '`)}, ${shown}, ${quoteText(`'${rest}`)}))`;
  return `concat(${quoteText(`{"code":${JSON.stringify(code)},"message":`)}, ${message}, ${quoteText(`,"variable":${JSON.stringify(variable)}}`)})`;
}

function problemJson(code: string, variable: string, message: string): string {
  return JSON.stringify({ code, message, variable });
}
