import type { Preset } from './presets.ts'

/**
 * Words that make a column's name look personal where they are what it is about (`work_email`, not `email_status`), with the preset
 * that mostly fits. `parity help scrub` lists them, and a test compares.
 */
export const personalWords: Readonly<Record<string, Preset>> = {
  ...among('email', 'email emails mail correo'),
  ...among('name', 'firstname lastname fullname surname forename username nickname nick login fname lname mname fn'),
  ...among('name', 'gecos initials recipient addressee cardholder signatory beneficiary attn vorname nachname prenom'),
  ...among('phone', 'phone phones telephone telefon telefono tel mobile cell cellphone fax msisdn pager whatsapp'),
  ...among('address', 'address addresses adresse addr street strasse city town suburb zip zipcode postcode plz postal'),
  ...among('address', 'latitude longitude lat lng lon ip ips ipv4 ipv6 ipaddr mac jid skype telegram gps'),
  ...among(
    'text',
    'bio avatar selfie gender sex pronouns nationality ethnicity religion diagnosis allergies signature',
  ),
  ...among(
    'text',
    'password passwords passwd pwd passphrase token tokens secret secrets otp salt credentials credential',
  ),
  ...among('text', 'useragent imei udid contact salutation employer occupation disability'),
  ...among('number', 'ssn nin passport iban cvv cvc pan salary wage income last4 mrn'),
  ...among('null', 'birthday birthdate birthplace dob yob geburtsdatum'),
}

/** Two words at the end of a name that look personal together, where the last alone does not. */
export const personalPairs: Readonly<Record<string, Preset>> = {
  ...pairs('text', 'key', 'session api private access secret auth encryption signing'),
  ...pairs('text', 'data', 'session personal biometric'),
  ...pairs('text', 'codes', 'recovery backup'),
  ...pairs('text', 'code', 'recovery verification access security otp confirmation'),
  ...pairs('address', 'code', 'zip postal post'),
  ...pairs('text', 'pin', 'user card access login security'),
  ...pairs('text', 'agent', 'user'),
  ...pairs('text', 'info', 'contact personal'),
  ...pairs('text', 'details', 'contact personal bank payment medical'),
  ...pairs('text', 'history', 'medical'),
  ...pairs('text', 'status', 'marital'),
  ...pairs('text', 'group', 'blood'),
  ...pairs('text', 'type', 'blood'),
  ...pairs('text', 'conditions', 'medical'),
  ...pairs('text', 'notes', 'medical patient clinical'),
  ...pairs('text', 'me', 'about'),
  ...pairs('text', 'url', 'avatar photo picture linkedin facebook twitter'),
  ...pairs('text', 'handle', 'twitter instagram github telegram'),
  ...pairs('text', 'fingerprint', 'device browser'),
  ...pairs('text', 'orientation', 'sexual'),
  ...pairs('text', 'title', 'job'),
  ...pairs('text', 'answer', 'security'),
  ...pairs(
    'number',
    'number',
    'security insurance passport card account routing license licence tax personal identity record iban',
  ),
  ...pairs('number', 'id', 'tax national passport government'),
  ...pairs('text', 'id', 'session'),
  ...pairs('number', 'account', 'bank'),
  ...pairs('number', 'card', 'credit debit identity'),
  ...pairs('number', 'digits', 'card'),
  ...pairs('number', 'four', 'last'),
  ...pairs('address', 'number', 'house street flat apartment'),
  ...pairs('null', 'birth', 'of'),
  ...pairs('null', 'date', 'birth'),
}

/** Words that look personal in a table of people, or beside another personal column. */
export const wordsInContext: Readonly<Record<string, Preset>> = {
  ...among('text', 'photo picture portrait image description'),
  ...among('address', 'region county province state location coordinates line line1 line2 district apartment'),
  ...among('number', 'age height weight'),
  ...among('text', 'handle alias notes about resume hometown'),
}

/** What stands before `name` where that is a person's, always. */
export const ownersOfNames = set(
  'first last full real user nick given family middle maiden sur birth legal screen father mother spouse partner parent child contact ' +
    'customer client patient author owner sender recipient cardholder holder billing shipping guest employee manager member doctor ' +
    'driver student teacher account signer approver creator editor reviewer assignee attendee passenger tenant applicant candidate ' +
    'beneficiary reporter visitor person kin ship bill login caller buyer seller payer donor subscriber guardian',
)

/** What a name of a person may have behind it: `name_first`. */
export const partsOfNames = set('first last middle given family maiden')

/** What may stand before a `name` that is judged as if it stood alone. */
export const plainNames = set('display preferred public short long sort old new previous original')

/** What may follow the word that a name is about. */
export const followers = set(
  'address addr number no nr num line one two three four hash hashed digest encrypted ciphertext crypted bidx raw normalized canonical ' +
    'lower home work private business mobile ext extension confirmation text value plain decrypted iv primary secondary other current ' +
    'string str field info alt backup iso cleartext place',
)

/** Words at the end of a table's name that make it one of people. */
export const peopleTables = set(
  'user person people customer client employee patient member contact author admin administrator staff student teacher guest doctor ' +
    'driver candidate applicant attendee participant subscriber lead profile player owner tenant buyer seller donor volunteer parent child ' +
    'children passenger recipient visitor signup registration beneficiary dependent dependant guardian colleague friend worker agent ' +
    'manager nurse resident recruit speaker reviewer heir instructor coach prospect consumer personnel passwd',
)

/** The same of places that everybody knows: neither their names nor where they are says anything of a person. */
export const placesTables = set(
  'city country state region province county district airport station port timezone zone continent currency language warehouse branch store ' +
    'venue landmark stop route area territory zipcode postcode datacenter server',
)

/** Words that only take part in the splitting of what was written in one. */
export const joints = set(
  'home work auth form free contact name date access session key code id birth remote client business private',
)

function among(preset: Preset, words: string): Record<string, Preset> {
  return Object.fromEntries(words.split(' ').map((word) => [word, preset]))
}

function pairs(preset: Preset, last: string, firsts: string): Record<string, Preset> {
  return Object.fromEntries(firsts.split(' ').map((first) => [`${first} ${last}`, preset]))
}

function set(words: string): ReadonlySet<string> {
  return new Set(words.split(' '))
}
