import type { Preset } from './presets.ts'

/** Words by which a column's name looks personal, with the preset that mostly fits. `parity help scrub` lists them, and a test compares. */
export const personalWords: Readonly<Record<string, Preset>> = {
  ...among('email', 'email mail'),
  ...among('name', 'name firstname lastname fullname surname username nickname login'),
  ...among('phone', 'phone telephone mobile cell fax'),
  ...among('address', 'address street city zip zipcode postcode postal latitude longitude lat lng ip'),
  ...among('text', 'bio avatar photo gender sex nationality religion password token secret otp'),
  ...among('number', 'ssn passport tax iban card salary income'),
  ...among('null', 'birthday birthdate birth dob'),
}

function among(preset: Preset, words: string): Record<string, Preset> {
  return Object.fromEntries(words.split(' ').map((word) => [word, preset]))
}
