/** Tests of {@code org.jmoe.training}. */
@NullMarked
package org.jmoe.training;

import org.jspecify.annotations.NullMarked;
