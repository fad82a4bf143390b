/** Tests of {@code org.jmoe.data.corpus}. */
@NullMarked
package org.jmoe.data.corpus;

import org.jspecify.annotations.NullMarked;
