/** The version of this package; the build puts it in. */
declare const PARITY_VERSION: string
declare const PARITY_PROGRAM: string
