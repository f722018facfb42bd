/** Whether tests that hit a random instant are to do so many more times: `npm run test:kill`, which takes some twenty minutes. */
export const often = process.env.PARITY_TEST_OFTEN === '1'
