/** Tests of {@code org.jmoe.catalog}. */
@NullMarked
package org.jmoe.catalog;

import org.jspecify.annotations.NullMarked;
