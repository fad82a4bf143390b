/** Tests of {@code org.jmoe.data.batch}. */
@NullMarked
package org.jmoe.data.batch;

import org.jspecify.annotations.NullMarked;
