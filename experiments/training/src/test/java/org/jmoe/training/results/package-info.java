/** Tests of {@code org.jmoe.training.results}. */
@NullMarked
package org.jmoe.training.results;

import org.jspecify.annotations.NullMarked;
