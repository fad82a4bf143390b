/** Tests of {@code org.jmoe.planning}. */
@NullMarked
package org.jmoe.planning;

import org.jspecify.annotations.NullMarked;
