/** Files and JSON: atomic writes, locks, digests, positional reads and format errors. */
@NullMarked
package org.jmoe.io;

import org.jspecify.annotations.NullMarked;
