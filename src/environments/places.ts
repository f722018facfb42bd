/** Where a configuration may be, in every folder, in this order. */
export const searchPlaces = [
  'package.json',
  '.parityrc',
  '.parityrc.json',
  '.parityrc.yaml',
  '.parityrc.yml',
  '.config/parityrc',
  '.config/parityrc.json',
  '.config/parityrc.yaml',
  '.config/parityrc.yml',
  'parity.config.json',
  'parity.config.yaml',
  'parity.config.yml',
]
