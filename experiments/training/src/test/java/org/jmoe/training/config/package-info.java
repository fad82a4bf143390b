/** Tests of {@code org.jmoe.training.config}. */
@NullMarked
package org.jmoe.training.config;

import org.jspecify.annotations.NullMarked;
