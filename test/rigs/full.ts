/** The full run (STELLWERK_FULL=1) asks every question of every variant. The gate leaves out variants that repeat another:
 *  bash beside dash and BusyBox, a second journal mode. */
export const full = process.env['STELLWERK_FULL'] === '1'
