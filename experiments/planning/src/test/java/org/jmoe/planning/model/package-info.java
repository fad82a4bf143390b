/** Tests of {@code org.jmoe.planning.model}. */
@NullMarked
package org.jmoe.planning.model;

import org.jspecify.annotations.NullMarked;
