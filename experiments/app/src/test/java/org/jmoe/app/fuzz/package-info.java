/**
 * Parsers under bytes from anywhere; fuzzed with Jazzer, repeated on known inputs by every build.
 */
@NullMarked
package org.jmoe.app.fuzz;

import org.jspecify.annotations.NullMarked;
