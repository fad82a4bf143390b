/** Tests of token data. */
@NullMarked
package org.jmoe.experiments.data;

import org.jspecify.annotations.NullMarked;
