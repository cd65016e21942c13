/** Bounds of what a device may say. Whoever acknowledges a reading checks them, because beyond them nobody can keep it. */

/**
 * Lists and objects inside each other, the outermost counted. Readers of the bus walk values recursively, and JSON far deeper
 * can be parsed but not be written again.
 */
export const deepestReading = 200;

/** Characters of an attribute's label; those of the registry have at most 128 (contract devices-templates-ops §1.2). */
export const longestLabel = 1024;
