/** Tests of {@code org.jmoe.analysis}. */
@NullMarked
package org.jmoe.analysis;

import org.jspecify.annotations.NullMarked;
