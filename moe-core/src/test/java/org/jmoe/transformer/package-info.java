/** Tests of the transformer. */
@NullMarked
package org.jmoe.transformer;

import org.jspecify.annotations.NullMarked;
