/** Tests of {@code org.jmoe.catalog.trial}. */
@NullMarked
package org.jmoe.catalog.trial;

import org.jspecify.annotations.NullMarked;
