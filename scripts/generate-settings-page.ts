import { SETTINGS } from '../operator/settings/settings.ts';

const banner = '<!-- Generated from operator/settings/settings.ts by `npm run generate`. Edit that, not this file. -->';

/** The settings of the operator, as a page of the reference. */
export function generateSettingsPage(): string {
  const rows = Object.values(SETTINGS).map(({ flag, variable, defaultText, description }) => {
    const standard = defaultText === null ? 'required' : defaultText === '' ? '' : `\`${defaultText}\``;
    return `| \`--${flag}\` | \`${variable}\` | ${standard} | ${description} |`;
  });
  const lines = [
    banner,
    '',
    '# Settings of the operator',
    '',
    'A flag goes before its environment variable, a variable before the default. In a cluster the variables come from the ConfigMap',
    '`smartconnector-operator` beside the operator, where there is one.',
    '',
    '| flag | variable | default | what |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ];
  return lines.join('\n');
}
