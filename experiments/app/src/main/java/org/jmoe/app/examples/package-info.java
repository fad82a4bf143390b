/** Example programs, quoted in the README and the user guide. */
@NullMarked
package org.jmoe.app.examples;

import org.jspecify.annotations.NullMarked;
