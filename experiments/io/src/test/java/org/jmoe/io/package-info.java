/** Tests of {@code org.jmoe.io}. */
@NullMarked
package org.jmoe.io;

import org.jspecify.annotations.NullMarked;
