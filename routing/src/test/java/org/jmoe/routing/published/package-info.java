/** Tests of {@code org.jmoe.routing.published}. */
@NullMarked
package org.jmoe.routing.published;

import org.jspecify.annotations.NullMarked;
