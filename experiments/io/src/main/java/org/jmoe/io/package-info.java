/** Files and JSON: whole-file writes, locks, digests, mapped bytes, errors that name the place. */
@NullMarked
package org.jmoe.io;

import org.jspecify.annotations.NullMarked;
