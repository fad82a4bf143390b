/** Tests of {@code org.jmoe.io.arrow}. */
@NullMarked
package org.jmoe.io.arrow;

import org.jspecify.annotations.NullMarked;
