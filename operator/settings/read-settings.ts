import { closestName } from '../../core/manifest/closest-name.ts';
import { invalid, messageOf, type FaultDetail } from '../../core/errors/app-error.ts';
import { SETTINGS, type OperatorSettings, type SettingName } from './settings.ts';

/**
 * Settings from `--flag value`, `--flag=value` and the environment; a flag goes before a variable, a variable before the
 * default.
 *
 * @throws AppError `Invalid` with every fault at once
 */
export function readSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): OperatorSettings {
  const faults: FaultDetail[] = [];
  const given = readFlags(args, faults);
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const { flag, variable, defaultText, parse } = SETTINGS[name];
    const found = given.get(flag) ?? environment[variable] ?? defaultText;
    const place = given.has(flag) ? `--${flag}` : variable;
    if (found === null) {
      faults.push({ message: `--${flag}: it has to be given`, hint: `give --${flag} or set ${variable}` });
      continue;
    }
    try {
      values[name] = parse(found);
    } catch (error) {
      faults.push({ message: `${place} ${JSON.stringify(found)}`, hint: messageOf(error) });
    }
  }
  if (faults.length > 0) throw invalid('the settings of the operator are not valid', faults);
  return values as OperatorSettings;
}

function readFlags(args: readonly string[], faults: FaultDetail[]): ReadonlyMap<string, string> {
  const flags = Object.values(SETTINGS).map(({ flag }) => flag);
  const given = new Map<string, string>();
  for (let index = 0; index < args.length; index += 1) {
    const [, flag, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(args[index] ?? '') ?? [];
    if (flag === undefined || !(flags as readonly string[]).includes(flag)) {
      const meant = closestName(flag ?? '', flags);
      faults.push({
        message: `${args[index] ?? ''}: there is no such setting`,
        hint: meant === null ? 'see the list of settings' : `did you mean --${meant}?`,
      });
      continue;
    }
    const value = inline ?? args[(index += 1)];
    if (value === undefined) faults.push({ message: `--${flag}: it has no value`, hint: `write --${flag} VALUE` });
    else given.set(flag, value);
  }
  return given;
}
