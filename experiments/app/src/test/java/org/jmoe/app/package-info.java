/** Tests of {@code org.jmoe.app}. */
@NullMarked
package org.jmoe.app;

import org.jspecify.annotations.NullMarked;
