/** Tests of {@code org.jmoe.catalog.engine}. */
@NullMarked
package org.jmoe.catalog.engine;

import org.jspecify.annotations.NullMarked;
