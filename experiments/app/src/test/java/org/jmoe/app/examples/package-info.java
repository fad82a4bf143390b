/** The examples run and stand in the README as they are. */
@NullMarked
package org.jmoe.app.examples;

import org.jspecify.annotations.NullMarked;
