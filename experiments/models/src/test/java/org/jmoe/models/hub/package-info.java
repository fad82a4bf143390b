/** Tests of {@code org.jmoe.models.hub}. */
@NullMarked
package org.jmoe.models.hub;

import org.jspecify.annotations.NullMarked;
