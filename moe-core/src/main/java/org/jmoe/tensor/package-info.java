/** Tensor operations, axes and named randomness: the only package that knows the engine. */
@NullMarked
package org.jmoe.tensor;

import org.jspecify.annotations.NullMarked;
