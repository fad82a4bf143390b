/** Tests of {@code org.jmoe.training.log}. */
@NullMarked
package org.jmoe.training.log;

import org.jspecify.annotations.NullMarked;
