// Triggers, routines, events and views as text of the dump tool: they cannot be renamed into another database.

/** Events of a database that is not live must not run. Their state says that a replica leaves them alone, which nobody else
 *  uses on a primary: so the way back is known. In the canonical line of the server the state follows PRESERVE. */
const event = '^\\(\\/\\*![0-9]* CREATE\\*\\/ .*EVENT .* ON COMPLETION \\(NOT \\)\\{0,1\\}PRESERVE \\)'
export const asleep = `s/${event}ENABLE/\\1DISABLE ON SLAVE/`
export const awake = `s/${event}DISABLE ON SLAVE/\\1ENABLE/`

/** Where an object is older than the character set of its database, the tool names the database; without a name it is the one that
 *  is loaded, never the live one. */
export const ownName = 's/^ALTER DATABASE `[^`]*\\(``[^`]*\\)*` /ALTER DATABASE /'
