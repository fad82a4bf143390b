/** Tests of {@code org.jmoe.analysis.labels}. */
@NullMarked
package org.jmoe.analysis.labels;

import org.jspecify.annotations.NullMarked;
