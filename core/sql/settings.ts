import type { FaultDetail } from '../errors/app-error.ts';

const BOOLEAN = /^[01]$/u;

/**
 * Engine settings that a connector may choose: how values compare, join and read. None lifts a limit, changes the order of
 * rows, opens files or networks, or weakens the fence.
 */
export const ALLOWED_SETTINGS: Readonly<Record<string, { readonly values: RegExp; readonly expected: string }>> = {
  aggregate_functions_null_for_empty: boolean(),
  any_join_distinct_right_table_keys: boolean(),
  cast_keep_nullable: boolean(),
  cast_string_to_date_time_mode: words('basic', 'best_effort', 'best_effort_us'),
  count_distinct_implementation: words('uniq', 'uniqCombined', 'uniqCombined64', 'uniqHLL12', 'uniqExact'),
  data_type_default_nullable: boolean(),
  date_time_input_format: words('basic', 'best_effort', 'best_effort_us'),
  date_time_output_format: words('simple', 'iso', 'unix_timestamp'),
  date_time_overflow_behavior: words('ignore', 'throw', 'saturate'),
  decimal_check_overflow: boolean(),
  except_default_mode: words('ALL', 'DISTINCT'),
  formatdatetime_f_prints_single_zero: boolean(),
  formatdatetime_parsedatetime_m_is_month_name: boolean(),
  function_json_value_return_type_allow_complex: boolean(),
  function_json_value_return_type_allow_nullable: boolean(),
  group_by_use_nulls: boolean(),
  intersect_default_mode: words('ALL', 'DISTINCT'),
  join_algorithm: words('default', 'hash', 'partial_merge', 'full_sorting_merge', 'grace_hash'),
  join_default_strictness: words('ALL', 'ANY'),
  join_use_nulls: boolean(),
  joined_subquery_requires_alias: boolean(),
  least_greatest_legacy_null_behavior: boolean(),
  max_block_size: { values: /^[1-9][0-9]{0,6}$/u, expected: 'a number from 1 to 9999999' },
  output_format_decimal_trailing_zeros: boolean(),
  parsedatetime_parse_without_leading_zeros: boolean(),
  prefer_column_name_to_alias: boolean(),
  session_timezone: { values: /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/u, expected: 'the name of a time zone' },
  short_circuit_function_evaluation: words('enable', 'force_enable', 'disable'),
  transform_null_in: boolean(),
  union_default_mode: words('ALL', 'DISTINCT'),
};

/** Checks `spec.sql.settings` by name and value. Paths are relative to the connector: `spec.sql.settings.join_use_nulls`. */
export function checkSettings(settings: Readonly<Record<string, string>>): FaultDetail[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    const path = `spec.sql.settings.${name}`;
    const rule = Object.hasOwn(ALLOWED_SETTINGS, name) ? ALLOWED_SETTINGS[name] : undefined;
    if (rule === undefined) {
      const hint = `Allowed are ${Object.keys(ALLOWED_SETTINGS).join(', ')}.`;
      return [{ path, message: `The setting ${name} is not on the allow-list.`, hint }];
    }
    if (rule.values.test(value)) return [];
    return [
      { path, message: `The setting ${name} cannot be ${JSON.stringify(value)}.`, hint: `Use ${rule.expected}.` },
    ];
  });
}

function boolean(): { values: RegExp; expected: string } {
  return { values: BOOLEAN, expected: '0 or 1' };
}

function words(...allowed: readonly string[]): { values: RegExp; expected: string } {
  return { values: new RegExp(`^(?:${allowed.join('|')})$`, 'u'), expected: `one of ${allowed.join(', ')}` };
}
