import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';

export type PhoneReading =
  | { readonly kind: 'Valid'; readonly e164: string }
  | { readonly kind: 'Invalid' }
  /** National format, and no region to read it in. */
  | { readonly kind: 'RegionMissing' };

/** Whether the metadata know the ISO 3166-1 alpha-2 region. */
export function isPhoneRegion(region: string): boolean {
  return isSupportedCountry(region);
}

/** Reads a phone number; one without a country code belongs to the region. Extensions are left out: E.164 has none. */
export function readPhone(text: string, region: string | null): PhoneReading {
  const country = region !== null && isSupportedCountry(region) ? region : undefined;
  const number = parsePhoneNumberFromString(
    text,
    country === undefined ? { extract: false } : { extract: false, defaultCountry: country },
  );
  if (number?.isValid() === true) return { kind: 'Valid', e164: number.number };
  const national = country === undefined && !/^[^0-9]*\+/.test(text) && (text.match(/[0-9]/g)?.length ?? 0) >= 5;
  return national && /^[-0-9 ().\/x#*]+$/i.test(text) ? { kind: 'RegionMissing' } : { kind: 'Invalid' };
}
