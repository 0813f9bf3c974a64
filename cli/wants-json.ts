/** Wrong arguments are said as every other error: as JSON where JSON was asked for. */
export function wantsJson(args: readonly string[]): boolean {
  return args.some(
    (arg, index) =>
      arg === '--output=json' || (/^(-o|--output)$/.test(arg) && args[index + 1] === 'json') || arg === '-ojson',
  );
}
