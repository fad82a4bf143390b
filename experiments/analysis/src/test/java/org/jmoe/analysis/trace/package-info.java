/** Tests of {@code org.jmoe.analysis.trace}. */
@NullMarked
package org.jmoe.analysis.trace;

import org.jspecify.annotations.NullMarked;
