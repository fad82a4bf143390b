/** Tests of {@code org.jmoe.routing.preset}. */
@NullMarked
package org.jmoe.routing.preset;

import org.jspecify.annotations.NullMarked;
