/** Tests of {@code org.jmoe.catalog.report}. */
@NullMarked
package org.jmoe.catalog.report;

import org.jspecify.annotations.NullMarked;
