/**
 * Bounds of what a device may say and of what is said about it. Whoever acknowledges a reading checks the former, because
 * beyond them nobody can keep it.
 */

/**
 * Lists and objects inside each other, the outermost counted. Readers of the bus walk values recursively, and JSON far deeper
 * can be parsed but not be written again.
 */
export const deepestReading = 200;

/** Characters of an attribute's label in a reading; those of the registry are shorter (contract devices-templates-ops §1.2). */
export const longestLabel = 1024;

/** Characters of the label of a template, a device, an attribute or a metadata in the registry. */
export const longestRegistryLabel = 128;

/** Characters of a static value. It travels with every event of every device that has it. */
export const longestStaticValue = 64 * 1024;
